// Copyright (c) 2026 The therefore.firewall authors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Stand-in for Windows: how the firewall writes addresses and ports, and which it refuses.
//
// Sources, as the refusals name them:
//   netfw.h    the public pages of INetFwRule and its properties
//   MS-FASP    Firewall and Advanced Security Protocol, 2.2.37 FW_RULE and the structures that it holds
//   MS-GPFAS   Group Policy: Firewall and Advanced Security Data Structure, 2.2.2
//   helper #n  issue n of the public project falahati/WindowsFirewallHelper, which shows what a real Windows answers
//   reading    none of them says it: what we take Windows to do, on the strict side

using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Numerics;
using System.Runtime.InteropServices;

namespace StandIn
{
    /// What COM throws. The text after "stand-in" is ours: Windows gives the code alone.
    public static class Refusal
    {
        private const int InvalidArgument = unchecked((int)0x80070057);
        private const int InvalidParameter = unchecked((int)0xD000000D);
        private const int AccessDenied = unchecked((int)0x80070005);
        private const int NoEndpoint = unchecked((int)0x800706D9);
        private const int NoSuchFile = unchecked((int)0x80070002);

        // netfw.h: E_INVALIDARG for each property
        public static Exception Argument(string reason)
        {
            return Make(InvalidArgument, "0x80070057", reason, "Value does not fall within the expected range. ");
        }

        // helper #8: an address that Windows does not take ends in this code
        public static Exception Address(string reason) { return Make(InvalidParameter, "0xD000000D", reason); }

        public static Exception Denied(string reason) { return Make(AccessDenied, "0x80070005", reason); }

        public static Exception Gone(string reason) { return Make(NoSuchFile, "0x80070002", reason); }

        public static Exception Stopped(string reason) { return Make(NoEndpoint, "0x800706D9", reason); }

        // .NET has words of its own for E_INVALIDARG, and shows no code then
        private static Exception Make(int code, string text, string reason, string words = "Exception from HRESULT: ")
        {
            return new COMException(words + text + " (stand-in: " + reason + ")", code);
        }
    }

    public static class Ports
    {
        // MS-GPFAS 2.2.2.3; IPHTTPS is netsh's word (advfirewall firewall add rule), that COM takes it is a reading
        private static readonly string[] Keywords =
            { "RPC", "RPC-EPMap", "Teredo", "IPHTTPS", "IPHTTPSIn", "IPTLSIn", "Ply2Disc", "mDNS", "DHCP", "TcpCDPSvc" };

        public static bool IsKeyword(string port) { return !char.IsDigit(port[0]); }

        public static string Canonical(string text)
        {
            if (string.IsNullOrEmpty(text) || text == "*") return "*";
            if (text.Split(',').Length > 1000) throw Refusal.Argument("MS-FASP 2.2.13: more than 1000 entries");
            // order stays as it was given (reading): for the module "443,80" is not "80,443"
            return string.Join(",", text.Split(',').Select(One));
        }

        private static string One(string port)
        {
            // netfw.h: the list must contain no spaces
            if (port == "" || port.Any(char.IsWhiteSpace)) throw Refusal.Argument("netfw.h: a space or an empty port");
            if (port == "*") throw Refusal.Argument("netfw.h: * stands alone");
            if (IsKeyword(port))
            {
                var keyword = Keywords.FirstOrDefault(k => k.Equals(port, StringComparison.OrdinalIgnoreCase));
                if (keyword == null) throw Refusal.Argument("MS-GPFAS 2.2.2.3: unknown port keyword '" + port + "'");
                return keyword;
            }
            var ends = port.Split('-');
            if (ends.Length > 2) throw Refusal.Argument("netfw.h: '" + port + "' is no port");
            var numbers = ends.Select(Number).ToArray();
            // MS-FASP 2.2.12: a range begins with the lower port
            if (numbers.Length == 2 && numbers[0] > numbers[1])
                throw Refusal.Argument("MS-FASP 2.2.12: reversed range " + port);
            return string.Join("-", numbers);
        }

        private static int Number(string text)
        {
            int number;
            if (!text.All(char.IsDigit) || !int.TryParse(text, out number) || number > 65535)
                throw Refusal.Argument("MS-GPFAS 2.2.2.2: '" + text + "' is no port");
            return number;
        }
    }

    public static class IcmpTypes
    {
        // MS-GPFAS 2.2.2.16 has the form of one. The comma is community.windows' (netfw.h has a semicolon in one place), and
        // that the order stays is a reading.
        public static string Canonical(string text)
        {
            if (string.IsNullOrEmpty(text) || text == "*") return text;
            foreach (var one in text.Split(','))
            {
                var parts = one.Split(':');
                if (parts.Length != 2 || !IsByte(parts[0]) || !(parts[1] == "*" || IsByte(parts[1])))
                    throw Refusal.Argument("MS-GPFAS 2.2.2.16: '" + one + "' is no ICMP type and code");
            }
            return text;
        }

        private static bool IsByte(string text)
        {
            int number;
            return text != "" && text.All(char.IsDigit) && int.TryParse(text, out number) && number <= 255;
        }
    }

    public static class Addresses
    {
        // netfw.h put_RemoteAddresses; MS-GPFAS 2.2.2.13 for the later ones
        private static readonly string[] Keywords =
        {
            "LocalSubnet", "DNS", "DHCP", "WINS", "DefaultGateway",
            "Internet", "Intranet", "RmtIntranet", "Ply2Renders", "CaptivePortal",
        };

        public static bool IsKeyword(string token) { return Keyword(token) != null; }

        public static string Canonical(string text)
        {
            if (string.IsNullOrEmpty(text) || text == "*") return "*";
            var tokens = text.Split(',');
            // netfw.h: if * is present, it must be the only token
            if (tokens.Contains("*")) throw Refusal.Address("netfw.h: * stands alone");
            var keywords = new List<string>();
            var spans = new List<Span>();
            foreach (var token in tokens)
            {
                var keyword = Keyword(token);
                if (keyword != null) { if (!keywords.Contains(keyword)) keywords.Add(keyword); }
                else spans.Add(Span.Parse(token));
            }
            // MS-FASP 2.2.5, 2.2.7, 2.2.9 and 2.2.11: a list holds a thousand entries
            if (spans.GroupBy(one => one.Kind).Any(kind => kind.Count() > 1000))
                throw Refusal.Address("MS-FASP 2.2.5: more than 1000 entries");
            // helper #64: an address inside another network of the list is not given back
            var kept = spans.Where((one, i) => !spans.Where((other, j) => other.Absorbs(one, j < i)).Any());
            return string.Join(",", kept.Select(s => s.Text).Concat(keywords));
        }

        private static string Keyword(string token)
        {
            foreach (var keyword in Keywords)
                foreach (var family in new[] { "", "4", "6" })
                    if ((keyword + family).Equals(token, StringComparison.OrdinalIgnoreCase)) return keyword + family;
            return null;
        }

        /// A network, a range or one address: what is between two numbers of one family.
        private sealed class Span
        {
            private AddressFamily _family;
            private BigInteger _low;
            private BigInteger _high;
            public string Text { get; private set; }
            public string Kind { get { return _family + (Text.Contains("/") ? " network" : " range"); } }

            private bool Covers(Span other)
            {
                return _family == other._family && _low <= other._low && other._high <= _high;
            }

            /// Of two that are the same the first stays.
            public bool Absorbs(Span other, bool first)
            {
                return !ReferenceEquals(this, other) && Covers(other) && (first || !other.Covers(this));
            }

            public static Span Parse(string token)
            {
                if (token.Contains("-")) return Range(token);
                return token.Contains("/") ? Network(token) : Single(Address(token));
            }

            private static Span Single(IPAddress address)
            {
                var number = Value(address);
                // netfw.h: without a mask it is 255.255.255.255. helper #6: one IPv6 address comes back as a range.
                var text = address.AddressFamily == AddressFamily.InterNetwork
                    ? address + "/255.255.255.255" : address + "-" + address;
                return new Span { _family = address.AddressFamily, _low = number, _high = number, Text = text };
            }

            private static Span Range(string token)
            {
                var ends = token.Split('-');
                if (ends.Length != 2) throw Refusal.Address("netfw.h: '" + token + "' is no range");
                IPAddress low = Address(ends[0]), high = Address(ends[1]);
                var family = low.AddressFamily;
                if (family != high.AddressFamily) throw Refusal.Address("MS-FASP 2.2.8: mixed families in " + token);
                // MS-FASP 2.2.8 and 2.2.10: a range begins with the lower address
                if (Value(low) > Value(high)) throw Refusal.Address("MS-FASP 2.2.8: reversed range " + token);
                if (low.Equals(high)) return Single(low);
                return new Span { _family = family, _low = Value(low), _high = Value(high), Text = low + "-" + high };
            }

            private static Span Network(string token)
            {
                var parts = token.Split('/');
                if (parts.Length != 2) throw Refusal.Address("netfw.h: '" + token + "' is no network");
                var address = Address(parts[0]);
                var bits = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
                var length = PrefixLength(parts[1], bits, token);
                if (length == bits) return Single(address);
                var size = BigInteger.One << (bits - length);
                var low = Value(address) / size * size;
                // helper #47: host bits of an IPv6 network are refused. IPv4 takes them (netfw.h has 10.0.0.2/8).
                if (bits == 128 && low != Value(address)) throw Refusal.Address("helper #47: host bits in " + token);
                var tail = bits == 32 ? Write((BigInteger.One << 32) - size, 32) : length.ToString();
                var text = Write(low, bits) + "/" + tail;
                return new Span { _family = address.AddressFamily, _low = low, _high = low + size - 1, Text = text };
            }

            private static int PrefixLength(string text, int bits, string token)
            {
                int length;
                if (text.Contains(".") && bits == 32)
                {
                    var mask = Value(Address(text, true));
                    var all = BigInteger.One << 32;
                    length = Enumerable.Range(0, 33).FirstOrDefault(n => mask == all - (all >> n), -1);
                    if (length < 0) throw Refusal.Address("MS-FASP 2.2.4: mask of " + token + " is not contiguous");
                    return length;
                }
                if (!int.TryParse(text, out length) || length > bits)
                    throw Refusal.Address("netfw.h: bad prefix in " + token);
                return length;
            }

            private static IPAddress Address(string text, bool mask = false)
            {
                IPAddress address;
                var dotted = text.Split('.').Length == 4 && !text.Contains(":");
                if (text.Contains("%") || !(dotted || text.Contains(":")) || !IPAddress.TryParse(text, out address))
                    throw Refusal.Address("netfw.h: '" + text + "' is neither address nor keyword");
                if (!mask) Refuse(address, text);
                return address;
            }

            // For IPv4 the status code alone speaks of loopback and unspecified addresses; that multicast and broadcast
            // addresses are refused there as well is a reading.
            private static void Refuse(IPAddress address, string text)
            {
                var old = address.AddressFamily == AddressFamily.InterNetwork;
                // helper #8: neither loopback nor multicast of IPv6; MS-FASP 2.2.6 and 2.2.10 say it of loopback
                if (IPAddress.IsLoopback(address))
                    throw Refusal.Address((old ? "MS-FASP ADDR_V4" : "helper #8") + ": loopback " + text);
                if (address.IsIPv6Multicast) throw Refusal.Address("helper #8: multicast " + text);
                if (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
                    throw Refusal.Address((old ? "MS-FASP ADDR_V4" : "MS-FASP 2.2.10") + ": unspecified " + text);
                if (old && address.GetAddressBytes()[0] >= 224 && address.GetAddressBytes()[0] < 240)
                    throw Refusal.Address("reading: multicast " + text);
                if (address.Equals(IPAddress.Broadcast)) throw Refusal.Address("reading: broadcast " + text);
            }

            private static BigInteger Value(IPAddress address)
            {
                return new BigInteger(address.GetAddressBytes(), isUnsigned: true, isBigEndian: true);
            }

            private static string Write(BigInteger value, int bits)
            {
                var bytes = value.ToByteArray(isUnsigned: true, isBigEndian: true);
                return new IPAddress(new byte[bits / 8 - bytes.Length].Concat(bytes).ToArray()).ToString();
            }
        }
    }
}
