# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs generated scripts on the engine, over the stand-ins for the modules NetSecurity, GroupPolicy and DnsClient."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ansible_collections.therefore.firewall.plugins.plugin_utils._article.catalogue import find, role_title
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.group_policy import script
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.rules import Rule, rules_for
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows.rules import Options, render

STAND_IN = Path(__file__).parent / "stand_in"
STORE = r"corp.example.com\Therefore clients"
CREATED = "2026-11-25T03:30:00Z"
MODULES = ("NetSecurity", "GroupPolicy", "DnsClient")
# the PDC emulator that the stand-in for DNS names
PDC = "pdc.corp.example.com"
OPENED = f"Open {STORE} {PDC}"
# what older Windows has, and Server 2022 and newer have not
UNTIL_2019 = re.compile(r"^.*# until 2019\n", re.MULTILINE)

StoredRule = dict[str, Any]

# the rules of others that every object has at the start
FOREIGN: list[StoredRule] = [
    {
        "Name": name,
        "DisplayName": "Hardening",
        "Description": None,
        "Group": group,
        "Enabled": "True",
        "Profile": "Any",
        "Direction": "Inbound",
        "Action": "Block",
        "EdgeTraversalPolicy": "Block",
        "LocalAddress": "Any",
        "RemoteAddress": "Any",
        "Protocol": "TCP",
        "LocalPort": "3389",
        "RemotePort": "Any",
        "Program": "Any",
        "Service": "Any",
        "InterfaceType": "Any",
        "Authentication": "NotRequired",
        "Encryption": "NotRequired",
    }
    for name, group in (("{A}", None), ("{B}", "Security baseline"), ("Therefore-Client-of-others", "Therefore"))
]


class Answer(NamedTuple):
    """What a run gave, and what it printed before, such as the lines of -WhatIf."""

    result: dict[str, Any] | None
    error: str | None
    warnings: list[str]
    printed: str


@dataclass
class Objects:
    """A folder with stand-ins and a store of group policy objects."""

    pwsh: str
    folder: Path
    sessions: bool = True
    modules: Sequence[str] = MODULES
    environment: dict[str, str] = field(default_factory=lambda: {"OS": "Windows_NT"})

    def __post_init__(self) -> None:
        for module in self.modules:
            text = (STAND_IN / module / f"{module}.psm1").read_text()
            target = self.folder / "modules" / module / f"{module}.psm1"
            target.parent.mkdir(parents=True)
            target.write_text(text if self.sessions else UNTIL_2019.sub("", text))
        self.put(FOREIGN)

    @property
    def _file(self) -> Path:
        return self.folder / "store.json"

    def put(
        self,
        rules: Iterable[StoredRule],
        fails: str = "",
        *,
        status: str = "AllSettingsEnabled",
        read_only: bool = False,
    ) -> None:
        """Give the object these rules; a call whose note in the log is like C(fails) is refused.

        C(status) is that of the object, and C(read_only) a domain controller that loses what is saved.
        """
        store = {"objects": {STORE: list(rules)}, "log": [], "fails": fails, "status": status, "readOnly": read_only}
        self._file.write_text(json.dumps(store))

    @property
    def rules(self) -> list[StoredRule]:
        """What the object has, as saved."""
        rules: list[StoredRule] = json.loads(self._file.read_text())["objects"][STORE]
        return rules

    @property
    def own(self) -> list[StoredRule]:
        return [rule for rule in self.rules if rule not in FOREIGN]

    @property
    def log(self) -> list[str]:
        """The calls since the rules were put there."""
        log: list[str] = json.loads(self._file.read_text())["log"]
        return log

    @property
    def server(self) -> str:
        """The domain controller that Get-GPO was told to ask."""
        return str(json.loads(self._file.read_text())["server"])

    def run(self, text: str, /, **arguments: Any) -> Answer:
        """Run a script; without other arguments on the object that there is."""
        path = self.folder / "script.ps1"
        path.write_text(text, encoding="ascii")
        question = arguments or {"PolicyStore": STORE}
        done = self.start([str(STAND_IN / "group_policy.ps1"), str(path)], question)
        assert (done.returncode, done.stderr) == (0, ""), done
        *printed, answer = done.stdout.splitlines()
        return Answer(**json.loads(answer), printed="\n".join(printed))

    def start(self, command: list[str], question: Any = None) -> subprocess.CompletedProcess[str]:
        """A script file on the engine as a user starts it, whatever comes of it."""
        environment = os.environ | self.environment | {"QUESTION": json.dumps(question)}
        environment |= {"STANDIN_STORE": str(self._file), "PSModulePath": str(self.folder / "modules"), "NO_COLOR": "1"}
        return subprocess.run(
            [self.pwsh, "-NoProfile", "-NonInteractive", "-File", *command],
            env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False, timeout=120,
        )  # fmt: skip


def wanted(role: str, **settings: Any) -> list[Rule]:
    return rules_for(find([]), role, settings)


def made(role: str, rules: list[Rule]) -> str:
    return script(role, rules, CREATED)


def role_options(role: str, rules: list[Rule], resolved: dict[str, list[str]]) -> dict[str, Options]:
    """What the Windows role would set, by the name that the rule has in the object."""
    title = role_title(role)
    return {f"{title.replace(' ', '-')}-{rule.id}": rule.options for rule in render(rules, title, resolved)}


def as_options(rule: StoredRule) -> dict[str, Any]:
    """A rule of an object in the words of win_firewall_rule."""
    profiles = rule["Profile"].lower().split(", ")
    security = (rule["Authentication"], rule["Encryption"])
    return {
        "name": rule["DisplayName"],
        "description": rule["Description"],
        "group": rule["Group"],
        "direction": {"Inbound": "in", "Outbound": "out"}[rule["Direction"]],
        "action": {"Allow": "allow", "Block": "block"}[rule["Action"]],
        "enabled": {"True": True, "False": False}[rule["Enabled"]],
        "profiles": ["domain", "private", "public"] if profiles == ["any"] else profiles,
        "protocol": rule["Protocol"],
        "localport": joined(rule["LocalPort"]),
        "remoteport": joined(rule["RemotePort"]),
        "localip": joined(rule["LocalAddress"]),
        "remoteip": joined(rule["RemoteAddress"]),
        "program": rule["Program"],
        "service": rule["Service"],
        "interfacetypes": [{"Any": "any", "Wired": "lan"}.get(rule["InterfaceType"], rule["InterfaceType"])],
        "edge": {"Block": "no", "Allow": "yes"}[rule["EdgeTraversalPolicy"]],
        "security": "notrequired" if security == ("NotRequired", "NotRequired") else " ".join(security),
    }


def joined(value: Any) -> str:
    return value if isinstance(value, str) else ",".join(value)
