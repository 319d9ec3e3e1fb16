# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated Windows hosts: what the stand-in's store of each has at the start. One dictionary is one store."""

from __future__ import annotations

from typing import Any

from ordinary_rules import ordinary_rules

Store = dict[str, Any]

POLICY = r"SOFTWARE\Policies\Microsoft\WindowsFirewall"
NETLOGON = r"SYSTEM\CurrentControlSet\Services\Netlogon"
TCPIP = r"SYSTEM\CurrentControlSet\Services\Tcpip\Parameters"
MDM = r"SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\Mdm"
PRODUCT = r"SYSTEM\CurrentControlSet\Control\ProductOptions"
VERSION = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion"

IN, OUT = 1, 2
BLOCK, ALLOW = 0, 1
TCP = 6

# rules as an administrator makes them in the console: without group and description
BY_HAND: list[dict[str, Any]] = [
    {"Name": "XML service", "Protocol": TCP, "LocalPorts": "8000", "Enabled": True, "Direction": IN},
    {
        "Name": "Therefore Server - XML Service (TCP-In)",
        "Protocol": TCP,
        "LocalPorts": "8000",
        "RemoteAddresses": "192.0.2.0/255.255.255.0",
        "Profiles": 1,
        "Enabled": True,
        "Direction": IN,
    },
    {
        "Name": "Therefore Server - MS-SQL-S (SQL Server) (TCP-In)",
        "Grouping": "Therefore Server",
        "Protocol": TCP,
        "LocalPorts": "1433",
        "RemoteAddresses": "192.0.2.0/255.255.255.0",
        "Profiles": 1,
        "Enabled": False,
        "Direction": IN,
    },
    {
        "Name": "By hand, in disorder",
        "Protocol": TCP,
        "LocalPorts": "rpc-epmap,5000-5010,443,80",
        "LocalAddresses": "192.0.2.1",
        "RemoteAddresses": "dns,LocalSubnet,2001:db8:10::/64,2001:db8::7,192.0.2.7,192.0.2.64-192.0.2.80,10.0.0.0/8",
        "Profiles": 6,
        "InterfaceTypes": "RemoteAccess,Lan",
        "EdgeTraversalOptions": 3,
        "SecureFlags": 3,
    },
    {
        "Name": "By hand, on both sides of 5000",
        "Protocol": TCP,
        "LocalPorts": "RPC-EPMap,RPC,4000-4999,5001-10000,5001-6000",
    },
    {"Name": "By hand, everything", "InterfaceTypes": "Wireless", "EdgeTraversalOptions": 1, "SecureFlags": 1},
    {"Name": "By hand, ping", "Protocol": 1, "EdgeTraversalOptions": 2, "SecureFlags": 2},
    {"Name": "By hand, encrypted", "Protocol": TCP, "SecureFlags": 4},
]

FOREIGN_BLOCK: dict[str, Any] = {
    "Name": "Hardening: no SQL from the network",
    "Grouping": "Security baseline",
    "Protocol": TCP,
    "LocalPorts": "1433-1434",
    "Action": BLOCK,
    "Enabled": True,
    "Direction": IN,
}

POLICY_RULES = {
    "{0B8D0E34-96B6-4B0C-8F8A-3E8C1B3F5A01}": (
        "v2.30|Action=Block|Active=TRUE|Dir=In|Protocol=6|Profile=Domain|LPort=8000|LPort2_10=8372-8373|"
        "RA4=198.51.100.0/255.255.255.0|RA6=2001:db8:66::/64|Name=Policy: no device network|"
        "Desc=From the security team|EmbedCtxt=Corporate policy|"
    ),
    "{0B8D0E34-96B6-4B0C-8F8A-3E8C1B3F5A02}": (
        "v2.30|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=RPC|RA4=LocalSubnet|RA6=LocalSubnet|RA4=10.0.0.9|"
        r"App=%SystemRoot%\system32\svchost.exe|Svc=Eventlog|Name=Policy: event log|Security=Authenticate|"
        "Security2_9=An-NoEncap|Edge=TRUE|Defer=App|IFType=Lan|"
    ),
    "{0B8D0E34-96B6-4B0C-8F8A-3E8C1B3F5A03}": (
        "v2.30|Action=Allow|Active=FALSE|Dir=Out|Protocol=1|Profile=Private|Profile=Public|ICMP4=8:*|ICMP4=3:4|"
        "RA4=10.0.0.1-10.0.0.9|LA4=10.1.0.0/16|RA42=IntErnet|Name=Policy: ping|"
    ),
    "{0B8D0E34-96B6-4B0C-8F8A-3E8C1B3F5A04}": (
        "v2.30|Action=ByPass|Active=TRUE|Dir=In|Protocol=17|LPort=443|LPort2_10=5000-10000|LPort=80|"
        "LPort2_10=5000-6000|LPort=443|RPort2_10=1024-65535|RA4=IntrAnet|RA6=IntrAnet|RA6=LocalSubnet|"
        "RA6=2001:DB8:66:0::7|RA6=fe80::/64|RA6=2001:DB8::1-2001:DB8::9|Name=Policy: support = desk|"
        "Security=Authenticate|Security2=AnE-Nego|Edge=TRUE|Defer=User|"
    ),
    "{0B8D0E34-96B6-4B0C-8F8A-3E8C1B3F5A05}": (
        "v2.30|Action=Allow|Active=TRUE|Dir=In|Protocol=58|ICMP6=128:*|RA4=RmtIntrAnet|RA6=RmtIntrAnet|"
        "Name=Policy: ping of IPv6|Security=AuthenticateEncrypt|Edge=TRUE|"
    ),
    "{0B8D0E34-96B6-4B0C-8F8A-3E8C1B3F5A06}": (
        "v2.30|Action=Allow|Active=TRUE|Dir=Out|Name=Policy: everything|Security=Authenticate|"
    ),
    "{0B8D0E34-96B6-4B0C-8F8A-3E8C1B3F5A07}": "v2.30|Action=Allow|Active=TRUE|Dir=In|Protocol=47|Name=Policy: tunnel|",
}


def stores() -> dict[str, Store]:
    """Name of each host and its store."""
    return {
        "domain_server": _store(active="domain", domain="corp.example.com"),
        # away from its domain's network
        "member_client": _store(active="public", domain="corp.example.com", rules=ordinary_rules()[:150]),
        "workgroup_host": _store(active="private", domain=""),
        "policy_host": _store(
            active="domain",
            domain="corp.example.com",
            policy={
                "FirewallRules": POLICY_RULES,
                # the registry does not tell upper from lower case
                "DomainProfile": {"allowLocalPolicyMerge": 0, "EnableFirewall": 1},
                "PublicProfile": {"AllowLocalPolicyMerge": 1},
            },
        ),
        "blocked_host": _store(active="domain", domain="corp.example.com", rules=[*ordinary_rules(), FOREIGN_BLOCK]),
        "half_done_host": _store(active="domain", domain="corp.example.com", rules=[*ordinary_rules(), *BY_HAND]),
    }


def unusual_stores() -> dict[str, Store]:
    """States in which no host starts, one for each host."""
    stopped = _store(active="domain", domain="corp.example.com", rules=[]) | {"stopped": True}
    shielded = _store(active="public", domain="corp.example.com", rules=[])
    shielded["profiles"]["public"]["shielded"] = True
    shielded["profiles"]["private"]["inbound"] = "allow"
    shielded["profiles"]["domain"]["inbound"] = "not_configured"
    own_suffix = _store(active="private", domain="", rules=[])
    own_suffix["registry"][TCPIP] = {"Domain": "lan.example.com"}
    no_suffix = _store(active="private", domain="", rules=[])
    no_suffix["registry"][NETLOGON] = {"Start": 2}
    no_merge = {"DomainProfile": {"AllowLocalPolicyMerge": 0}}
    # netfw.h does not say that the policy and the firewall's own word always agree, nor the registry and the network
    on_its_own = _store(active="domain", domain="", rules=[], policy=no_merge) | {"modify_state": 0}
    return {
        "domain_server": stopped,
        "member_client": shielded,
        "workgroup_host": own_suffix,
        "half_done_host": no_suffix,
        "policy_host": _store(active="private", domain="corp.example.com", rules=[], policy=no_merge),
        "blocked_host": on_its_own,
    }


def selftest_store() -> Store:
    """A host on which every assumption about Windows can be tried: each kind of policy has a say somewhere."""
    policy = {
        "DomainProfile": {"AllowLocalPolicyMerge": 0, "EnableFirewall": 1, "DefaultOutboundAction": 0},
        "PublicProfile": {"EnableFirewall": 0},
    }
    store = _store(active="domain", domain="corp.example.com", policy=policy)
    store["profiles"]["private"]["inbound"] = "not_configured"
    store["registry"][f"{MDM}\\PrivateProfile"] = {"DefaultInboundAction": 0}
    store["registry"][VERSION] |= {"ProductName": "Simulated Windows", "CurrentBuild": "0", "UBR": 0}
    store["strings"] = {"@FirewallAPI.dll,-28502": "File and Printer Sharing"}
    store["cim"] = {
        "Win32_ComputerSystem": {"PartOfDomain": True, "DomainRole": 3},
        "Win32_OperatingSystem": {"Version": "10.0.17763"},
    }
    return store


def _store(
    active: str, domain: str, rules: list[dict[str, Any]] | None = None, policy: dict[str, Any] | None = None
) -> Store:
    joined = bool(domain)
    return {
        "active_profiles": [active],
        "profiles": {
            name: {"enabled": True, "inbound": "block", "outbound": "not_configured"}
            for name in ("domain", "private", "public")
        },
        "registry": {
            # 2 starts by itself, 3 on demand
            NETLOGON: {"Start": 2 if joined else 3},
            TCPIP: {"Domain": domain, "NV Domain": domain},
            PRODUCT: {"ProductType": "ServerNT"},
            VERSION: {"CurrentVersion": "6.3", "CurrentMajorVersionNumber": 10, "CurrentMinorVersionNumber": 0},
            **{f"{POLICY}\\{key}": values for key, values in (policy or {}).items()},
        },
        "denied": [],
        "rules": ordinary_rules() if rules is None else rules,
    }
