# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the Windows modules that the role calls, which are checked on the controller.

On the host Ansible.Basic would check them: C# that is compiled anew in each call, for longer than such a module takes.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.settings import PROFILES

Spec = dict[str, dict[str, Any]]

TEXT = {"type": "str"}
TEXTS: dict[str, Any] = {"type": "list", "elements": "str", "default": []}
DIRECTION = {"type": "str", "choices": ["in", "out"]}


def _some(*choices: str) -> dict[str, Any]:
    return {"type": "list", "elements": "str"} | ({"choices": list(choices)} if choices else {})


# those of community.windows.win_firewall_rule, which ends the process at a wrong value
STEP: Spec = {
    "name": TEXT,
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "description": TEXT,
    "group": TEXT,
    "direction": DIRECTION,
    "action": {"type": "str", "choices": ["allow", "block"]},
    "enabled": {"type": "bool"},
    "profiles": _some(*PROFILES),
    **dict.fromkeys(("protocol", "localport", "remoteport", "localip", "remoteip", "program", "service"), TEXT),
    "interfacetypes": _some("any", "wireless", "lan", "ras"),
    "edge": {"type": "str", "choices": ["no", "yes", "deferapp", "deferuser"]},
    "security": {"type": "str", "choices": ["notrequired", "authnoencap", "authenticate", "authdynenc", "authenc"]},
    "icmp_type_code": _some(),
}
OUTBOUND: Spec = {
    "profiles": {**TEXTS, "choices": [name.capitalize() for name in PROFILES]},
    "state": {"type": "str", "choices": ["enabled"], "default": "enabled"},
    "outbound_action": {"type": "str", "choices": ["allow", "block"]},
}
RULES: Spec = {
    "group": {"type": "str", "required": True},
    "adopt": TEXTS,
    "steps": {"type": "list", "elements": "dict", "options": STEP, "default": []},
    "outbound": {"type": "dict", "options": OUTBOUND},
    "guard_token": {"type": "str", "no_log": False},
    "save": {"type": "bool", "default": False},
    "restore": {"type": "dict"},
    "script": TEXT,
}
PLAN_FOR: Spec = {
    "group": {"type": "str", "required": True},
    "names": TEXTS,
    "name_contains": TEXT,
    "first_ports": TEXTS,
}
INFO: Spec = {
    **dict.fromkeys(("group", "name_prefix", "localport", "remoteport"), TEXT),
    "direction": DIRECTION,
    "plan_for": {"type": "dict", "options": PLAN_FOR},
    "resolve": TEXTS,
}
