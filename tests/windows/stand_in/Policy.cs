// Copyright (c) 2026 The therefore.firewall authors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Stand-in for the COM object HNetCfg.FwPolicy2 (INetFwPolicy2, INetFwRules) of netfw.h; see Store.cs.

using System;
using System.Collections;
using System.Linq;
using System.Text.Json.Nodes;

namespace StandIn
{
    /// INetFwRules. Names are compared without regard to case; several rules may have one name.
    public sealed class Rules : IEnumerable
    {
        private readonly Store _store;

        internal Rules(Store store) { _store = store; }

        // netfw.h INetFwRules::Add: a rule with the same identifier is replaced. The identifier is no property of a
        // rule that COM makes, so a second rule of the same name stands beside the first.
        public void Add(Rule rule)
        {
            rule.Check();
            _store.Change(data =>
            {
                Permit(rule.Name);
                Permit(rule.Name, "denied_adds");
                data["rules"].AsArray().Add(rule.ToJson());
            });
            rule.Owner = this;
        }

        // netfw.h INetFwRules::Remove takes a name. One rule of that name goes at each call, the first, whoever made
        // it; no such rule is no error (reading).
        public void Remove(string name)
        {
            _store.Change(data =>
            {
                var rules = data["rules"].AsArray();
                var entry = rules.FirstOrDefault(one => SameName(one, name));
                if (entry == null) return;
                Permit((string)entry["Name"]);
                rules.Remove(entry);
            });
        }

        /// What there is now: a copy, which later changes of others do not reach (reading).
        public IEnumerator GetEnumerator()
        {
            var rules = _store.Reach()["rules"].AsArray().Select(entry => Rule.FromJson(entry.AsObject(), false)).ToList();
            foreach (var rule in rules) rule.Owner = this;
            return rules.GetEnumerator();
        }

        // netfw.h INetFwRule: all configuration changes take place immediately. One property of one rule is written; that
        // others which somebody changed meanwhile stay as they are now is a reading.
        internal Rule Commit(Rule before, string property, object value)
        {
            Rule now = null;
            _store.Change(data =>
            {
                Permit(before.Name);
                var rules = data["rules"].AsArray();
                var named = rules.Where(one => SameName(one, before.Name)).ToList();
                var text = before.ToJson().ToJsonString();
                var entry = named.FirstOrDefault(one => Rule.FromJson(one.AsObject(), false).ToJson().ToJsonString() == text);
                entry = entry ?? named.FirstOrDefault();
                if (entry == null) throw Refusal.Gone("reading: no rule " + before.Name + " any longer");
                now = Rule.FromJson(entry.AsObject(), false);
                now.Take(property, value);
                now.Check();
                rules[rules.IndexOf(entry)] = now.ToJson();
            });
            return now;
        }

        private static bool SameName(JsonNode entry, string name)
        {
            return string.Equals((string)entry["Name"], name, StringComparison.OrdinalIgnoreCase);
        }

        /// For tests of failures: the store's list "denied" names rules that may not be touched, "denied_adds" those that
        /// may not be made.
        private void Permit(string name, string list = "denied")
        {
            _store.PermitWriting();
            var denied = _store.Data[list] as JsonArray;
            if (denied != null && denied.Any(one => (string)one == name))
                throw Refusal.Denied("denied by the store: " + name);
        }
    }

    /// INetFwPolicy2. Profiles by their bit: 1 domain, 2 private, 4 public. Actions: 0 block, 1 allow.
    public sealed class Policy
    {
        private static readonly string[] Names = { "domain", "private", "public" };
        private readonly Store _store;

        public Policy(Store store) { _store = store; }

        public Rules Rules { get { return new Rules(_store); } }

        public int CurrentProfileTypes
        {
            get
            {
                var active = _store.Reach()["active_profiles"].AsArray();
                return active.Sum(name => 1 << Array.IndexOf(Names, (string)name));
            }
        }

        // netfw.h NET_FW_MODIFY_STATE: 0 changes count, 1 group policy overrides them, 2 all inbound traffic blocked.
        // The store's "modify_state" is for tests: netfw.h does not say that AllowLocalPolicyMerge always leads to 1.
        public int LocalPolicyModifyState
        {
            get
            {
                if (_store.Reach()["modify_state"] != null) return (int)_store.Data["modify_state"];
                var active = Names.Where((name, i) => (CurrentProfileTypes & (1 << i)) != 0).ToArray();
                if (active.Any(name => !Merges(name))) return 1;
                return active.Any(name => (bool)(Entry(name)["shielded"] ?? false)) ? 2 : 0;
            }
        }

        public bool FirewallEnabled(int profile) { return (bool)Profile(profile)["enabled"]; }
        public int DefaultInboundAction(int profile) { return Acts(profile, "inbound", "block"); }
        public int DefaultOutboundAction(int profile) { return Acts(profile, "outbound", "allow"); }
        public bool BlockAllInboundTraffic(int profile) { return (bool)(Profile(profile)["shielded"] ?? false); }

        /// INetFwProducts: what others have registered, by the store's list "products".
        public static object[] Products(Store store)
        {
            var products = store.Data["products"] as JsonArray ?? new JsonArray();
            return products.Select(one => (object)new Product(one.AsObject())).ToArray();
        }

        // MS-GPFAS 2.2.3.13
        private bool Merges(string name)
        {
            var key = _store.Key(@"SOFTWARE\Policies\Microsoft\WindowsFirewall\" + name + "Profile");
            return key == null || !0.Equals(key.GetValue("AllowLocalPolicyMerge"));
        }

        private int Acts(int profile, string which, string unset)
        {
            var action = (string)Profile(profile)[which];
            return (action == "not_configured" ? unset : action) == "block" ? 0 : 1;
        }

        private JsonObject Entry(string name) { return _store.Reach()["profiles"][name].AsObject(); }

        // netfw.h: one profile at a time
        private JsonObject Profile(int bit)
        {
            if (bit != 1 && bit != 2 && bit != 4) throw Refusal.Argument("netfw.h: one profile at a time, not " + bit);
            return Entry(Names[bit / 2]);
        }

        /// Set-NetFirewallProfile of NetSecurity, what is null stays.
        public static void SetProfile(Store store, string name, bool? enabled, string inbound, string outbound)
        {
            store.Change(data =>
            {
                // CIM has words for it and no code: Windows System Error 5
                if ((bool)(data["reader"] ?? false)) throw new UnauthorizedAccessException("Access is denied.");
                var entry = data["profiles"][name.ToLowerInvariant()];
                if (enabled != null) entry["enabled"] = enabled.Value;
                if (inbound != null) entry["inbound"] = inbound;
                if (outbound != null) entry["outbound"] = outbound;
            });
        }
    }

    /// INetFwProduct
    public sealed class Product
    {
        private readonly JsonObject _entry;
        internal Product(JsonObject entry) { _entry = entry; }
        public string DisplayName { get { return (string)_entry["DisplayName"]; } }
        public object[] RuleCategories
        {
            get { return _entry["RuleCategories"].AsArray().Select(number => (object)(int)number).ToArray(); }
        }
    }

    public static class Stores
    {
        /// Checks every rule of a store that was not made by the stand-in itself.
        public static void Normalize(string file)
        {
            new Store(file).Change(data =>
            {
                var rules = data["rules"].AsArray().Select(entry => Rule.FromJson(entry.AsObject(), true).ToJson());
                data["rules"] = new JsonArray(rules.ToArray());
            });
        }
    }
}

namespace Community.Windows.WinFirewallRule
{
    /// The module puts the program through a COM interface that only Windows has; it finds this class first.
    public static class NetFwRule
    {
        public static void PutApplicationName(object rule, string value)
        {
            ((StandIn.Rule)rule).ApplicationName = string.IsNullOrEmpty(value) ? null : value;
        }
    }
}

namespace Microsoft.PowerShell.Cmdletization.GeneratedTypes.NetSecurity
{
    // of the Windows module NetSecurity
    public enum GpoBoolean { False = 0, True = 1, NotConfigured = 2 }
    public enum Action { NotConfigured = 0, Allow = 2, Block = 4 }
}
