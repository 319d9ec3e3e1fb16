# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refusal of other outbound traffic on Windows: the default outbound action of the profiles, and whose doing it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.settings import PROFILES
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.rules import changed_profiles, is_keep_rule

Profiles = Mapping[str, Mapping[str, Any]]


class Outbound(NamedTuple):
    """The default outbound action to set, on which profiles, and on which profiles it is block by our doing."""

    action: str
    change: list[str]
    ours: list[str]
    findings: list[dict[str, str]]

    def options(self) -> dict[str, Any]:
        """The options of ansible.windows.win_firewall, empty where nothing differs."""
        if not self.change:
            return {}
        profiles = [profile.capitalize() for profile in self.change]
        # the module sets the action of a profile only together with its being on: those that are off are left out
        return {"profiles": profiles, "state": "enabled", "outbound_action": self.action}

    def views(self) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
        """The refusal before and after, as firewalld_ruleset shows it."""
        blocked = [profile for profile in self.ours if self.action == "allow" or profile not in self.change]
        remaining = self.ours if self.action == "block" else [one for one in self.ours if one not in self.change]
        return _view(blocked), _view(remaining)


def _view(profiles: list[str]) -> dict[str, Any] | None:
    if not profiles:
        return None
    return {
        "direction": "out", "protocol": "", "ports": [], "peers": ["any"], "sources": [], "action": "block", "rows": [],
        "profiles": profiles,
    }  # fmt: skip


def outbound(
    profiles: Profiles, ours: Iterable[Mapping[str, Any]], foreign: Iterable[Mapping[str, Any]], egress: str
) -> Outbound:
    """The default outbound action for V(deny), or for V(allow)."""
    return (deny if egress == "deny" else reset)(profiles, list(ours), list(foreign))


def deny(profiles: Profiles, ours: Iterable[Mapping[str, Any]], foreign: Iterable[Mapping[str, Any]]) -> Outbound:
    """Block by default on every profile that is on and does not; what others have blocked stays theirs.

    What a policy says there is not the host's to change: refusals.py.
    """
    change = [
        name
        for name in PROFILES
        if profiles[name]["enabled"]
        and profiles[name]["outbound"] == "allow"
        and (profiles[name].get("origin") or {}).get("outbound", "local") == "local"
    ]
    known = changed_profiles(filter(is_keep_rule, [*ours, *foreign]))
    return Outbound("block", change, [name for name in PROFILES if name in {*change, *known}], [])


def reset(profiles: Profiles, ours: Iterable[Mapping[str, Any]], foreign: Iterable[Mapping[str, Any]]) -> Outbound:
    """Allow by default where our keep-rules say that we had changed it, unless another set still refuses."""
    if any(map(is_keep_rule, foreign)):
        return Outbound("allow", [], [], [])
    known = changed_profiles(filter(is_keep_rule, ours))
    # the host's own value, which comes back into force when a policy goes
    own = {name: (profiles[name].get("local") or profiles[name])["outbound"] for name in PROFILES}
    blocked = [name for name in PROFILES if name in known and own[name] == "block"]
    change = [name for name in blocked if profiles[name]["enabled"]]
    return Outbound("allow", change, blocked, [_left(name) for name in blocked if name not in change])


def _left(profile: str) -> dict[str, str]:
    message = (
        f"The {profile.capitalize()} profile is off, and its default outbound action stays block: win_firewall sets it "
        f"only when it turns the profile on. Run Set-NetFirewallProfile -Name {profile.capitalize()} "
        "-DefaultOutboundAction Allow."
    )
    return {"kind": "outbound_left_blocked", "object": profile, "message": message}
