// Copyright (c) 2026 The therefore.firewall authors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Stand-in for the COM object HNetCfg.FWRule (INetFwRule, INetFwRule2, INetFwRule3) of netfw.h.
// Refusal texts name their source; see Values.cs.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Nodes;

namespace StandIn
{
    public sealed class Rule
    {
        private const int Tcp = 6, Udp = 17, IcmpV4 = 1, IcmpV6 = 58, AnyProtocol = 256;
        private const int In = 1, Out = 2;
        public const int AllProfiles = 0x7fffffff;

        private Dictionary<string, object> _values = new Dictionary<string, object>();
        internal Rules Owner;

        // the defaults of a new object: netfw.h
        public string Name { get { return Text("Name"); } set { Put("Name", value); } }
        public string Description { get { return Text("Description"); } set { Put("Description", value); } }
        public string ApplicationName { get { return Text("ApplicationName"); } set { Put("ApplicationName", value); } }
        public string serviceName { get { return Text("ServiceName"); } set { Put("ServiceName", value); } }
        public string Grouping { get { return Text("Grouping"); } set { Put("Grouping", value); } }
        public bool Enabled { get { return Get("Enabled", false); } set { Put("Enabled", value); } }
        public int Direction { get { return Get("Direction", In); } set { Put("Direction", value); } }
        public int Action { get { return Get("Action", 1); } set { Put("Action", value); } }
        public int Profiles { get { return Get("Profiles", AllProfiles); } set { Put("Profiles", value); } }
        public int Protocol { get { return Get("Protocol", AnyProtocol); } set { Put("Protocol", value); } }
        public string LocalPorts { get { return PortText("LocalPorts"); } set { PutPorts("LocalPorts", value); } }
        public string RemotePorts { get { return PortText("RemotePorts"); } set { PutPorts("RemotePorts", value); } }
        public string LocalAddresses
        {
            get { return Text("LocalAddresses") ?? "*"; }
            set { Put("LocalAddresses", Listed(Addresses.Canonical(value))); }
        }
        public string RemoteAddresses
        {
            get { return Text("RemoteAddresses") ?? "*"; }
            set { Put("RemoteAddresses", Listed(Addresses.Canonical(value))); }
        }
        public string IcmpTypesAndCodes
        {
            get { return Text("IcmpTypesAndCodes") ?? (IsIcmp ? "*" : null); }
            set { Put("IcmpTypesAndCodes", Listed(IcmpTypes.Canonical(value))); }
        }
        public string InterfaceTypes
        {
            get { return Text("InterfaceTypes") ?? "All"; }
            set { Put("InterfaceTypes", InterfaceList(value)); }
        }
        public int EdgeTraversalOptions
        {
            get { return Get("EdgeTraversalOptions", 0); }
            set { Put("EdgeTraversalOptions", value); }
        }
        // INetFwRule: names of interfaces. INetFwRule3: the rest.
        public object[] Interfaces
        {
            get { return _values.ContainsKey("Interfaces") ? (object[])_values["Interfaces"] : null; }
            set { Put("Interfaces", value == null || value.Length == 0 ? null : value); }
        }
        public string LocalAppPackageId
        {
            get { return Text("LocalAppPackageId"); }
            set { Put("LocalAppPackageId", value); }
        }
        public string LocalUserOwner { get { return Text("LocalUserOwner"); } set { Put("LocalUserOwner", value); } }
        public string LocalUserAuthorizedList
        {
            get { return Text("LocalUserAuthorizedList"); }
            set { Put("LocalUserAuthorizedList", value); }
        }
        public string RemoteUserAuthorizedList
        {
            get { return Text("RemoteUserAuthorizedList"); }
            set { Put("RemoteUserAuthorizedList", value); }
        }
        public string RemoteMachineAuthorizedList
        {
            get { return Text("RemoteMachineAuthorizedList"); }
            set { Put("RemoteMachineAuthorizedList", value); }
        }
        public int SecureFlags { get { return Get("SecureFlags", 0); } set { Put("SecureFlags", value); } }

        private bool HasPorts { get { return Protocol == Tcp || Protocol == Udp; } }
        private bool IsIcmp { get { return Protocol == IcmpV4 || Protocol == IcmpV6; } }

        internal JsonObject ToJson()
        {
            var sorted = _values.OrderBy(pair => pair.Key, StringComparer.Ordinal);
            return new JsonObject(sorted.Select(pair => KeyValuePair.Create(pair.Key, Written(pair.Value))));
        }

        private static JsonNode Written(object value)
        {
            var list = value as object[];
            if (list == null) return JsonValue.Create((dynamic)value);
            return new JsonArray(list.Select(one => (JsonNode)JsonValue.Create(one.ToString())).ToArray());
        }

        /// A rule as the store has it. What Windows would not hold is refused, so that a wrong store is noticed.
        internal static Rule FromJson(JsonObject entry, bool check)
        {
            var rule = new Rule();
            foreach (var pair in entry)
            {
                var list = pair.Value as JsonArray;
                if (list != null)
                {
                    rule._values[pair.Key] = list.Select(one => (object)(string)one).ToArray();
                    continue;
                }
                var value = pair.Value.AsValue();
                int number;
                bool flag;
                if (value.TryGetValue(out number)) rule._values[pair.Key] = number;
                else if (value.TryGetValue(out flag)) rule._values[pair.Key] = flag;
                else rule._values[pair.Key] = (string)value;
            }
            if (check) rule.Normalize();
            return rule;
        }

        private void Normalize()
        {
            foreach (var name in new[] { "LocalAddresses", "RemoteAddresses" })
                if (Text(name) != null) _values[name] = Addresses.Canonical(Text(name));
            foreach (var name in new[] { "LocalPorts", "RemotePorts" })
                if (Text(name) != null) _values[name] = Ports.Canonical(Text(name));
            if (Text("IcmpTypesAndCodes") != null) IcmpTypes.Canonical(Text("IcmpTypesAndCodes"));
            Check();
        }

        private string Text(string name)
        {
            object value;
            return _values.TryGetValue(name, out value) ? (string)value : null;
        }

        private T Get<T>(string name, T otherwise)
        {
            object value;
            return _values.TryGetValue(name, out value) ? (T)value : otherwise;
        }

        // no port condition reads "*" where the protocol has ports, and nothing where it has none (reading)
        private string PortText(string name) { return Text(name) ?? (HasPorts ? "*" : null); }

        private static string Listed(string text) { return string.IsNullOrEmpty(text) || text == "*" ? null : text; }

        private void PutPorts(string name, string value)
        {
            var ports = Listed(Ports.Canonical(value));
            // netfw.h put_LocalPorts: the protocol must be set before
            if (ports != null && !HasPorts) throw Refusal.Argument("netfw.h: ports without protocol 6 or 17");
            Put(name, ports);
        }

        // netfw.h INetFwRule: each change of a rule in the collection is checked and committed at once; a change that
        // makes the rule wrong ends in an error and is lost. A new object is checked as a whole by Add.
        private void Put(string name, object value)
        {
            if (Owner != null)
            {
                _values = Owner.Commit(this, name, value)._values;
                return;
            }
            var before = new Dictionary<string, object>(_values);
            Take(name, value);
            try { CheckValues(); }
            catch
            {
                _values = before;
                throw;
            }
        }

        internal void Take(string name, object value)
        {
            if (value == null || (value as string) == "") _values.Remove(name);
            else _values[name] = value;
        }

        /// What a value must be, whatever the others are. Sources: MS-FASP 2.2.37, the list of semantic checks.
        private void CheckValues()
        {
            foreach (var name in new[] { "Name", "Description", "Grouping", "ServiceName", "ApplicationName" })
            {
                var longest = name == "ServiceName" || name == "ApplicationName" ? 259 : 9999;
                Refuse((Text(name) ?? "").Contains("|"), "MS-FASP 2.2.37: | in " + name);
                Refuse((Text(name) ?? "").Length > longest, "MS-FASP 2.2.37: " + name + " is too long");
            }
            // Windows takes such a text for one of a library; where there is none, it is refused (reading)
            Refuse((Name ?? "").StartsWith("@"), "reading: @ before a name");
            Refuse((Grouping ?? "").StartsWith("@") && !Grouping.Contains(",-"), "reading: @ before a group");
            Refuse((Description ?? "").StartsWith("@") && !Description.Contains(",-"), "reading: @ before a description");
            Refuse("all".Equals(Name, StringComparison.OrdinalIgnoreCase), "MS-FASP 2.2.37: a rule named all");
            Refuse(Has(ApplicationName, "/*?\"<>|"), "MS-FASP 2.2.37: bad character in the program");
            Refuse(Has(serviceName, "/\\|"), "MS-FASP 2.2.37: bad character in the service");
            Refuse(Direction != In && Direction != Out, "MS-FASP 2.2.37: direction");
            Refuse(Action != 0 && Action != 1, "MS-FASP 2.2.37: action");
            Refuse(Profiles != AllProfiles && (Profiles < 1 || Profiles > 7), "MS-FASP 2.2.37: unknown profile bits");
            Refuse(Protocol < 0 || Protocol > 256, "MS-FASP 2.2.37: protocol above 256");
            Refuse(EdgeTraversalOptions < 0 || EdgeTraversalOptions > 3, "netfw.h: NET_FW_EDGE_TRAVERSAL_TYPE");
            Refuse(SecureFlags < 0 || SecureFlags > 4, "netfw.h: NET_FW_AUTHENTICATE_TYPE");
        }

        /// What the values of one rule must be together. Sources: MS-FASP 2.2.37, the list of semantic checks.
        internal void Check()
        {
            CheckValues();
            Refuse(string.IsNullOrEmpty(Name), "MS-FASP 2.2.37: a rule without name");
            // netfw.h INetFwRule: to make a TCP rule an ICMP rule, first delete the port
            var ports = Text("LocalPorts") ?? Text("RemotePorts");
            Refuse(!HasPorts && ports != null, "netfw.h: a protocol without ports, and ports");
            Refuse(!IsIcmp && Text("IcmpTypesAndCodes") != null, "netfw.h: ICMP types without protocol 1 or 58");
            Refuse(Direction == Out && EdgeTraversalOptions != 0, "MS-FASP 2.2.37: edge traversal on an outbound rule");
            Refuse(Action == 0 && SecureFlags != 0, "MS-FASP 2.2.37: security on a block rule");
            Refuse(Keywords("RemotePorts").Any(), "MS-FASP 2.2.37: keyword as remote port");
            foreach (var keyword in Keywords("LocalPorts"))
            {
                Refuse(Direction == Out, "MS-FASP 2.2.37: port keyword on an outbound rule");
                Refuse(keyword.StartsWith("RPC") && Protocol != Tcp, "MS-FASP 2.2.37: RPC without protocol 6");
                Refuse(keyword == "Teredo" && Protocol != Udp, "MS-FASP 2.2.37: Teredo without protocol 17");
            }
            // netfw.h lists keywords for the local side as well; MS-FASP forbids them, and we are strict
            Refuse(LocalAddresses.Split(',').Any(Addresses.IsKeyword), "MS-FASP 2.2.37: keyword as local address");
        }

        private IEnumerable<string> Keywords(string name)
        {
            return (Text(name) ?? "").Split(',').Where(port => port != "" && Ports.IsKeyword(port));
        }

        // netfw.h put_InterfaceTypes; the order on read is that of the bits in MS-FASP 2.2.20 (reading)
        private static string InterfaceList(string text)
        {
            var given = (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries);
            if (given.Length == 0 || given.Contains("All", StringComparer.OrdinalIgnoreCase)) return null;
            var known = new[] { "Lan", "Wireless", "RemoteAccess" };
            var unknown = given.Except(known, StringComparer.OrdinalIgnoreCase);
            Refuse(unknown.Any(), "netfw.h: unknown interface type in " + text);
            return string.Join(",", known.Where(one => given.Contains(one, StringComparer.OrdinalIgnoreCase)));
        }

        private static bool Has(string text, string characters)
        {
            return (text ?? "").IndexOfAny(characters.ToCharArray()) >= 0;
        }

        private static void Refuse(bool wrong, string reason) { if (wrong) throw Refusal.Argument(reason); }
    }
}
