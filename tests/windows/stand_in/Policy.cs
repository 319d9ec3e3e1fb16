// Copyright (c) 2026 The therefore.firewall authors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Stand-in for the COM object HNetCfg.FwPolicy2 (INetFwPolicy2, INetFwRules) of netfw.h and for the few registry keys
// that belong to the firewall, over one JSON file per simulated host.

using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace StandIn
{
    public sealed class Store
    {
        private static readonly JsonSerializerOptions Layout =
            new JsonSerializerOptions { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

        private readonly string _file;
        public JsonObject Data { get; private set; }

        public Store(string file)
        {
            _file = file;
            Data = JsonNode.Parse(File.ReadAllText(file)).AsObject();
        }

        public void Save()
        {
            // whole or not at all: a run that is killed leaves a store that can be read
            File.WriteAllText(_file + ".new", Data.ToJsonString(Layout) + "\n");
            File.Move(_file + ".new", _file, true);
        }

        public RegistryKey Key(string path)
        {
            foreach (var key in Data["registry"].AsObject())
                if (key.Key.Equals(path, StringComparison.OrdinalIgnoreCase))
                    return new RegistryKey(key.Value.AsObject());
            return null;
        }
    }

    /// The two methods of Microsoft.Win32.RegistryKey that the module uses.
    public sealed class RegistryKey
    {
        private readonly JsonObject _values;
        internal RegistryKey(JsonObject values) { _values = values; }
        public string[] GetValueNames() { return _values.Select(pair => pair.Key).ToArray(); }
        public object GetValue(string name)
        {
            var value = _values.FirstOrDefault(pair => pair.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;
            int number;
            return value == null ? null : value.AsValue().TryGetValue(out number) ? number : (object)(string)value;
        }
    }

    /// INetFwRules. Names are compared without regard to case; several rules may have one name.
    public sealed class Rules : IEnumerable
    {
        private readonly Store _store;
        private readonly List<Rule> _rules;

        internal Rules(Store store, bool check)
        {
            _store = store;
            _rules = store.Data["rules"].AsArray().Select(entry => Rule.FromJson(entry.AsObject(), check)).ToList();
            foreach (var rule in _rules) rule.Owner = this;
        }

        // netfw.h INetFwRules::Add: a rule with the same identifier is replaced. The identifier is no property of a
        // rule that COM makes, so a second rule of the same name stands beside the first.
        public void Add(Rule rule)
        {
            rule.Check();
            Permit(rule);
            Permit(rule, "denied_adds");
            rule.Owner = this;
            _rules.Add(rule);
            Save();
        }

        // netfw.h INetFwRules::Remove takes a name. One rule of that name goes at each call, the first, whoever made
        // it; no such rule is no error (reading).
        public void Remove(string name)
        {
            var rule = Find(name);
            if (rule == null) return;
            Permit(rule);
            rule.Owner = null;
            _rules.Remove(rule);
            Save();
        }

        public IEnumerator GetEnumerator() { return _rules.ToList().GetEnumerator(); }

        private Rule Find(string name)
        {
            return _rules.FirstOrDefault(rule => rule.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        }

        /// For tests of failures: the store's list "denied" names rules that may not be touched, "denied_adds" those that
        /// may not be made.
        internal void Permit(Rule rule, string list = "denied")
        {
            var denied = _store.Data[list] as JsonArray;
            if (denied != null && denied.Any(name => (string)name == rule.Name))
                throw Refusal.Denied("denied by the store: " + rule.Name);
        }

        internal void Save()
        {
            _store.Data["rules"] = new JsonArray(_rules.Select(rule => rule.ToJson()).ToArray());
            _store.Save();
        }
    }

    /// INetFwPolicy2. Profiles by their bit: 1 domain, 2 private, 4 public. Actions: 0 block, 1 allow.
    public sealed class Policy
    {
        private static readonly string[] Names = { "domain", "private", "public" };
        private readonly Store _store;

        public Policy(Store store)
        {
            _store = store;
            // the code that Windows gives while the service mpssvc does not run; at which call is a reading
            if ((bool)(store.Data["stopped"] ?? false)) throw Refusal.Stopped("the store says that mpssvc is stopped");
            Rules = new Rules(store, false);
        }

        public Rules Rules { get; private set; }

        public int CurrentProfileTypes
        {
            get
            {
                var active = _store.Data["active_profiles"].AsArray();
                return active.Sum(name => 1 << Array.IndexOf(Names, (string)name));
            }
        }

        // netfw.h NET_FW_MODIFY_STATE: 0 changes count, 1 group policy overrides them, 2 all inbound traffic blocked.
        // The store's "modify_state" is for tests: netfw.h does not say that AllowLocalPolicyMerge always leads to 1.
        public int LocalPolicyModifyState
        {
            get
            {
                if (_store.Data["modify_state"] != null) return (int)_store.Data["modify_state"];
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

        private JsonObject Entry(string name) { return _store.Data["profiles"][name].AsObject(); }

        // netfw.h: one profile at a time
        private JsonObject Profile(int bit)
        {
            if (bit != 1 && bit != 2 && bit != 4) throw Refusal.Argument("netfw.h: one profile at a time, not " + bit);
            return Entry(Names[bit / 2]);
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
            var store = new Store(file);
            new Rules(store, true).Save();
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
