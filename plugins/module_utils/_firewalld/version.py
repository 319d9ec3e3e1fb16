# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a firewalld of some age can have of a rule set, and what becomes of the rest."""

from __future__ import annotations

from typing import List, Tuple

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import xtables
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.firewalld import Firewalld
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.refusals import Finding, refusal
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import IPSET_TYPE, PREFIX, State
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.session import FirewalldError


def fit(firewalld: Firewalld, prefix: str, wanted: State) -> Tuple[State, List[Finding]]:
    """The wanted objects that this firewalld can have, and findings on the rest.

    Raises FirewalldError where it is too old for any.
    """
    if not firewalld.version_at_least(0, 9):
        raise FirewalldError(
            f"firewalld {firewalld.version} has no policy objects; rule sets need 0.9.0 or newer: update the host's "
            "distribution, or configure this host by hand"
        )
    fitting, findings = _without_destinations(firewalld, prefix, wanted)
    if fitting.ipsets and not _makes_ipsets(firewalld):
        message = (
            f"firewalld {firewalld.version} cannot make ipsets on this host, for which it needs the program ipset "
            "before 1.0 and with its iptables backend: install the package ipset and restart firewalld (systemctl "
            "restart firewalld), then run again"
        )
        findings.append(refusal("ipset", message))
    return fitting, findings


def _makes_ipsets(firewalld: Firewalld) -> bool:
    by_program = firewalld.config_property("FirewallBackend") == "iptables"
    return IPSET_TYPE in firewalld.ipset_types() and (not by_program or xtables.has_ipset())


def _without_destinations(firewalld: Firewalld, prefix: str, wanted: State) -> Tuple[State, List[Finding]]:
    narrowed = {name for name, policy in wanted.policies.items() if "destination ipset" in str(policy.rich_rules)}
    if not narrowed or firewalld.version_at_least(1):
        return wanted, []
    too_old = f"firewalld {firewalld.version} cannot match a destination ipset (1.0.0 or newer can)"
    fitting = wanted.without(narrowed)
    if _denied(firewalld, prefix, wanted) or any(wanted.policies[name].ingress != "HOST" for name in narrowed):
        message = (
            f"{too_old}, which forward rules need, and outbound rules where egress deny refuses the rest; leave those "
            "rules and egress deny out on this host, or update firewalld"
        )
        return fitting, [refusal("outbound rules", message)]
    message = (
        f"{too_old}, so the outbound rules are left out. No rule set of ours refuses outbound traffic on this host, "
        "and without that they do nothing; where somebody else refuses it, allow it there, or update firewalld."
    )
    return fitting, [{"kind": "left_out", "object": "outbound rules", "message": message}]


def _denied(firewalld: Firewalld, prefix: str, wanted: State) -> bool:
    """Whether any set of ours refuses outbound traffic afterwards."""
    others = {*firewalld.names("policy"), *firewalld.permanent_names("policy")}
    others = {name for name in others if name.startswith(PREFIX) and not name.startswith(prefix)}
    return any(name.endswith("-deny") for name in {*others, *wanted.policies})
