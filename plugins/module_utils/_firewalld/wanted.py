# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the parameters of firewalld_ruleset ask for, and what of the host itself stands against that."""

from __future__ import annotations

import socket
from typing import Any, Dict, List

from ansible_collections.therefore.firewall.plugins.module_utils._addresses import is_host_name
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import dhcp, domain, refusals
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.build import build
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.rule_check import check_rules, derive_blocks
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import ANY, RulesetError, State


class Names:
    """Resolves host names on this host, each once, and remembers what they were."""

    def __init__(self) -> None:
        self.found: Dict[str, List[str]] = {}
        # of names that do not resolve, and the rules that name one
        self.refusals: List[refusals.Finding] = []
        self.waiting: List[str] = []

    def known(self, rules: List[Dict[str, Any]]) -> List[Dict[str, Any]]:
        """The rules of which every host name resolves. Of the others nobody knows what they want of this host."""
        ends = {rule["id"]: [*rule["peers"], *rule["sources"]] for rule in rules}
        missing: Dict[str, str] = {}
        for name in sorted({peer for peers in ends.values() for peer in peers if peer != ANY and is_host_name(peer)}):
            try:
                self.resolve(name)
            except RulesetError as error:
                missing[name] = str(error)
        self.refusals = [refusals.refusal(f"host name {name}", message) for name, message in missing.items()]
        self.waiting = [rule_id for rule_id, peers in ends.items() if any(peer in missing for peer in peers)]
        return [rule for rule in rules if rule["id"] not in self.waiting]

    def resolve(self, name: str) -> List[str]:
        """All IPv4 and IPv6 addresses of a name. Raises RulesetError when there is none."""
        if name in self.found:
            return self.found[name]
        try:
            answers = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise RulesetError(
                f"rules: the host name {name!r} does not resolve on this host ({error}); correct the name, mend DNS, "
                "or give addresses"
            ) from error
        self.found[name] = sorted({str(answer[4][0]) for answer in answers})
        return self.found[name]


def rules_of(parameters: Dict[str, Any]) -> List[Dict[str, Any]]:
    """The rules that the module's parameters ask for, checked. Raises RulesetError."""
    if parameters["state"] == "absent":
        return []
    rules = check_rules(parameters["rules"])
    return derive_blocks(rules) if parameters["block_public"] else rules


def state_of(parameters: Dict[str, Any], rules: List[Dict[str, Any]], names: Names) -> State:
    """The firewalld objects that carry those rules of which the host names are known. Raises RulesetError."""
    if parameters["state"] == "absent":
        return State()
    refusal = parameters["block_action"], parameters["log"]
    known = names.known(rules)
    return build(parameters["name"], known, parameters["egress"], names.resolve, dhcp.answers(), *refusal)


def forwarding_findings(wanted: State) -> List[Dict[str, str]]:
    """Kernel settings that keep the wanted rules from having an effect."""
    found = []
    forwarding = [policy for policy in wanted.policies.values() if policy.ingress == policy.egress == "ANY"]
    texts = [text for policy in forwarding for text in policy.rich_rules]
    for family, label, key in (
        ("ipv4", "IPv4", "net.ipv4.ip_forward"),
        ("ipv6", "IPv6", "net.ipv6.conf.all.forwarding"),
    ):
        # a rule that names no family is for both
        if any(f'family="{family}"' in text or "family=" not in text for text in texts) and not _is_set(key):
            message = f"The kernel does not forward {label} packets; set {key}=1 (ansible.posix.sysctl)."
            found.append({"kind": "forwarding", "object": key, "message": message})
    return found


def domain_refusals(parameters: Dict[str, Any], rules: List[Dict[str, Any]]) -> List[Dict[str, str]]:
    """A member of a domain that refuses other outbound traffic needs a way to its domain controllers."""
    if (parameters["state"], parameters["egress"]) != ("present", "deny"):
        return []
    ways, joined = domain.missing_ways(rules), domain.joined_by()
    if not ways or not joined:
        return []
    prefix = parameters["variable_prefix"]
    remedy = (
        f"set {prefix}_domain_controllers to their addresses (or therefore_domain_controllers for all roles)"
        if prefix.startswith("therefore_")
        else "give rules to them"
    )
    who = f"this member of a domain ({joined})"
    return [refusals.refusal("domain", domain.refused_words(f"{prefix}_egress", who, ways, remedy))]


def _is_set(key: str) -> bool:
    try:
        with open("/proc/sys/" + key.replace(".", "/"), encoding="ascii") as setting:
            return setting.read().strip() != "0"
    except OSError:
        return False
