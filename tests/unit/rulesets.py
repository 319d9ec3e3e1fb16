# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests of the Linux engine share: rules written by hand, names that resolve without DNS, objects by name."""

from __future__ import annotations

from typing import Any

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.build import build
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.rule_check import check_rules
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import Policy, State

PREFIX = "thf-web-"
IN, OUT, FORWARD, BLOCK, DENY = (PREFIX + suffix for suffix in ("in", "out", "fwd", "block", "deny"))
OFFICE = ["192.0.2.0/24", "2001:db8::/64"]
DEVICES = ["198.51.100.0/24", "2001:db8:51::/64"]

# Stands for DNS.
ADDRESSES = {
    "archive.example.com": ["203.0.113.80", "2001:db8::80"],
    "old.example.com": ["203.0.113.81"],
}


def rule(rule_id: str = "https", **changed: Any) -> dict[str, Any]:
    """One rule with all keys, as the module's argument specification completes it."""
    return {
        "id": rule_id, "rows": [], "name": None, "description": None, "direction": "in", "protocol": "tcp",
        "ports": [443], "peers": OFFICE, "sources": [], "scope": "domain", "profiles": [], "action": "allow",
        "source": "documented", "keyword": None, "tls": None, **changed,
    }  # fmt: skip


def forward(rule_id: str = "mfp", **changed: Any) -> dict[str, Any]:
    return rule(rule_id, **{"direction": "forward", "sources": DEVICES, **changed})


def built(*rules: dict[str, Any], name: str = "web", egress: str = "allow", **refusal: Any) -> State:
    """The objects of these rules, checked as the module checks them."""
    return build(name, check_rules(rules), egress, ADDRESSES.__getitem__, **refusal)


def rich_rules(state: State, policy: str = IN) -> list[str]:
    """A policy's rich rules with each ipset's entries in the place of its name."""
    texts = []
    for text in state.policies[policy].rich_rules:
        shown = text
        for name, ipset in state.ipsets.items():
            shown = shown.replace(f'ipset="{name}"', " ".join(ipset.entries))
        texts.append(shown)
    return sorted(texts)


def edited(state: State, policy: str, **changed: Any) -> State:
    """The state after somebody edited a policy by hand."""
    found = {**vars(state.policies[policy]), **changed}
    return State({**state.policies, policy: Policy(**found)}, state.ipsets)
