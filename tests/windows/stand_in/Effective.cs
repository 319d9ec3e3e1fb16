// Copyright (c) 2026 The therefore.firewall authors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Stand-in for the merged store that Windows enforces, as Get-NetFirewallProfile -PolicyStore ActiveStore shows it.
// MS-FASP 2.2.38 has the laws: group policy's value wins where it is configured, the local one counts otherwise.
// The rank of MDM (between the two) and the profiles of StandardProfile (Private and Public) are readings.

using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Nodes;

namespace StandIn
{
    public static class Effective
    {
        private const string Mdm = @"SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\Mdm";
        private const string GroupPolicy = @"SOFTWARE\Policies\Microsoft\WindowsFirewall";

        public static Hashtable[] Profiles(Store store)
        {
            var said = store.Data["active_store"] as JsonObject;
            return new[] { "Domain", "Private", "Public" }.Select(name => Profile(store, name, said)).ToArray();
        }

        private static Hashtable Profile(Store store, string name, JsonObject said)
        {
            var local = store.Data["profiles"][name.ToLowerInvariant()].AsObject();
            var enabled = Value(store, name, "EnableFirewall", true) ?? ((bool)local["enabled"] ? 1 : 0);
            var inbound = Value(store, name, "DefaultInboundAction", false) ?? Action(local, "inbound", 1);
            var outbound = Value(store, name, "DefaultOutboundAction", false) ?? Action(local, "outbound", 0);
            var merge = Value(store, name, "AllowLocalPolicyMerge", false) ?? 1;
            var answer = new Hashtable
            {
                { "Name", name }, { "Enabled", enabled != 0 ? "True" : "False" },
                { "DefaultInboundAction", inbound != 0 ? "Block" : "Allow" },
                { "DefaultOutboundAction", outbound != 0 ? "Block" : "Allow" },
                { "AllowLocalFirewallRules", merge != 0 ? "True" : "False" },
            };
            var given = said == null ? null : said[name.ToLowerInvariant()] as JsonObject;
            foreach (var pair in given ?? new JsonObject()) answer[pair.Key] = (string)pair.Value;
            return answer;
        }

        private static int Action(JsonObject local, string which, int unset)
        {
            var action = (string)local[which];
            return action == "not_configured" ? unset : action == "block" ? 1 : 0;
        }

        private static int? Value(Store store, string profile, string value, bool standard)
        {
            foreach (var root in new[] { GroupPolicy, Mdm })
                foreach (var key in new[] { profile, profile == "Domain" || !standard ? null : "Standard" })
                {
                    var found = key == null ? null : store.Key(root + "\\" + key + "Profile");
                    var number = found == null ? null : found.GetValue(value) as int?;
                    if (number != null) return number;
                }
            return null;
        }
    }
}
