# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tasks that the tests look at. All run once, at the start; see conftest.py."""

from __future__ import annotations

from typing import Any

from playbook import GUARD, INFO, PROBE, PROFILES, RULE, SELFTEST, Step

TCP_RULE: dict[str, Any] = {"protocol": "tcp", "direction": "in", "action": "allow"}
FULL: dict[str, Any] = {
    "name": "Full",
    "description": "All options",
    "group": "Ours",
    "direction": "in",
    "action": "allow",
    "enabled": True,
    "profiles": ["domain", "private"],
    "protocol": "tcp",
    "localport": "80,443,5000-5010",
    "remoteport": "any",
    "localip": "any",
    "remoteip": "10.0.0.0/8,192.0.2.7,192.0.2.64-192.0.2.80,2001:db8::7,2001:db8:10::/64,localsubnet",
    "program": r"C:\Program Files\x.exe",
    "service": "any",
    "interfacetypes": ["any"],
    "edge": "no",
    "security": "notrequired",
    "icmp_type_code": ["any"],
}


def rule(step: str, /, check: bool = False, **options: Any) -> Step:
    return Step(step, RULE, options, check)


def remote(addresses: str) -> dict[str, str]:
    return {"name": "RemoteAddresses", "value": addresses}


# what a host has before the steps
START = [
    {"Name": "Shared name", "Grouping": "Others", "Protocol": 6, "LocalPorts": "9000", "Enabled": True},
    {"Name": "Shared name", "Grouping": "Ours too", "Protocol": 6, "LocalPorts": "9001", "Enabled": True},
    {"Name": "Twice", "Grouping": "Others", "Protocol": 6, "LocalPorts": "9002", "Enabled": True},
    {"Name": "Twice", "Grouping": "Ours", "Protocol": 6, "LocalPorts": "9003", "Enabled": True},
    {"Name": "Foreign", "Grouping": "Others", "Protocol": 6, "LocalPorts": "9004", "Enabled": True},
    {"Name": "Switched off", "Protocol": 6, "LocalPorts": "9005"},
    {"Name": "Ports", "Protocol": 6, "LocalPorts": "443,80", "Enabled": True},
    {"Name": "Half", "Description": "old", "Protocol": 6, "LocalPorts": "9006", "Enabled": True},
    {"Name": "Locked", "Protocol": 6, "LocalPorts": "9007", "Enabled": True},
]

# one host, one after the other
MODULE_STEPS = [
    rule("create in check mode", check=True, **FULL),
    rule("create", **FULL),
    rule("create again", **FULL),
    rule("addresses in another order", name="Full", remoteip=",".join(reversed(FULL["remoteip"].split(",")))),
    rule("update in check mode", check=True, name="Full", remoteip="10.0.0.0/8", protocol="tcp", localport="80"),
    rule("update", name="Full", remoteip="10.0.0.0/8", protocol="tcp", localport="80"),
    rule("options left out", name="Switched off", protocol="tcp", localport="9005"),
    rule("enabled given", name="Switched off", protocol="tcp", localport="9005", enabled=True),
    rule("ports in another order", name="Ports", protocol="tcp", localport="80,443"),
    rule("ports as a list", name="List", protocol="tcp", localport=[80, 443]),
    rule("addresses as a list", name="List", protocol="tcp", localport="80", remoteip=["10.0.0.1", "10.0.0.2"]),
    rule("misspelt option", name="Misspelt", local_port="8000", **TCP_RULE),
    rule("ports without protocol", name="Portless", localport="8000"),
    rule("name in another case", name="FULL", group="Ours", description="Case"),
    rule("same name, other protocol", name="Full", protocol="udp", localport="80"),
    rule("group does not narrow", name="Foreign", group="Ours"),
    rule("protocol changes", name="Half", description="new", protocol="icmpv4"),
    rule("protocol changes: absent", name="Half", state="absent"),
    rule("protocol changes: present", name="Half", description="new", protocol="icmpv4", icmp_type_code=["8:*"]),
    rule("reversed range", name="Reversed", protocol="tcp", localport="90-80"),
    rule("outbound edge", name="Edge", direction="out", edge="yes", protocol="tcp", remoteport="443"),
    rule("denied", name="Locked", protocol="tcp", localport="9008"),
    rule("update of a duplicate", name="Shared name", enabled=False),
    rule("absent in check mode", check=True, name="Shared name", state="absent"),
    rule("absent removes the foreign one too", name="Shared name", state="absent"),
    rule("absent by group", group="Ours", state="absent"),
]

PLANNED = {
    "group": "therefore server",
    "names": ["THEREFORE SERVER - XML SERVICE (TCP-IN)"],
    "name_contains": "(egress)",
}
RESOLVE = ["localhost", "192.0.2.7", "no-such-host.invalid"]

ALL_HOSTS_STEPS = [
    Step("info", INFO),
    Step("info in check mode", INFO, {}, True, ("half_done_host",)),
    Step("by group", INFO, {"group": "therefore server"}, hosts=("half_done_host",)),
    Step("for a plan", INFO, {"plan_for": PLANNED}, hosts=("half_done_host", "blocked_host")),
    Step("by name", INFO, {"name_prefix": "remote desktop"}, hosts=("member_client",)),
    Step("by port", INFO, {"localport": "1434", "direction": "in"}, hosts=("blocked_host",)),
    Step("by policy port", INFO, {"localport": "8373", "remoteport": "50000"}, hosts=("policy_host",)),
    Step("by keyword", INFO, {"localport": "rpc-epmap"}, hosts=("domain_server",)),
    Step("by port at the end of a range", INFO, {"localport": "5000"}, hosts=("half_done_host",)),
    Step("by remote port", INFO, {"remoteport": "53", "direction": "out"}, hosts=("half_done_host",)),
    Step("deny in check mode", PROFILES, {"state": "enabled", "outbound_action": "block"}, True, ("workgroup_host",)),
    Step("deny", PROFILES, {"state": "enabled", "outbound_action": "block"}, hosts=("workgroup_host",)),
    Step("deny again", PROFILES, {"state": "enabled", "outbound_action": "block"}, hosts=("workgroup_host",)),
    Step("off", PROFILES, {"state": "disabled", "profiles": ["Public"]}, hosts=("workgroup_host",)),
    Step("info after", INFO, {"name_prefix": "no such rule", "resolve": RESOLVE}, hosts=("workgroup_host",)),
]

UNUSUAL_STEPS = [Step("info", INFO)]

# an address that comes back otherwise, one that is refused, and one of the profiles
SOME_LINES: list[dict[str, Any]] = [
    {"number": 1, "part": "rules", "rule": [remote("10.0.0.0/8")], "read": "RemoteAddresses"},
    {"number": 20, "part": "rules", "rule": [remote("office.example.com")], "read": "RemoteAddresses"},
    {"number": 97, "part": "firewall", "check": "one_profile"},
]

SMOKE_STEPS = [
    rule("create", **FULL),
    rule("create again", **FULL),
    Step("info", INFO, {"group": "Ours"}),
    Step("deny", PROFILES, {"state": "enabled", "outbound_action": "block"}),
    rule("absent by group", group="Ours", state="absent"),
    # nobody serves tcpmux
    Step("probe", PROBE, {"targets": [{"host": "127.0.0.1", "port": 1}]}),
    Step("arm in check mode", GUARD, {"group": "Ours"}, True),
    Step("selftest", SELFTEST, {"mode": "try", "nonce": "smokesmokesmokesmoke", "lines": SOME_LINES}),
]
