# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The D-Bus bindings live in the host's system Python, wherever Ansible's interpreter is."""

from __future__ import annotations

from conftest import rule
from engine_host import Host

XML = rule("xml", 8000)
BINDINGS = "/usr/lib/python3/dist-packages/dbus"


def test_another_interpreter_without_the_bindings(host: Host) -> None:
    host.run("python3 -m venv --without-pip --clear /opt/bare; ! /opt/bare/bin/python -c 'import dbus' 2>/dev/null")
    variables = {"ruleset_rules": [XML], "ansible_python_interpreter": "/opt/bare/bin/python"}
    report = host.role("--diff", **variables)
    assert (report["stats"]["failures"], report["stats"]["changed"]) == (0, 1)
    assert [one["id"] for one in host.task(report, "Apply the rule set")["changes"]] == ["xml"]


def test_no_interpreter_has_the_bindings(host: Host) -> None:
    before = host.stored()
    host.run(f"mv {BINDINGS} {BINDINGS}.hidden")
    try:
        result = host.apply(rules=[XML])
        absent = host.applied(state="absent")
    finally:
        host.run(f"mv {BINDINGS}.hidden {BINDINGS}")
    assert result["failed"]
    assert "install the package python3-dbus" in result["msg"]
    assert host.stored() == before
    assert absent["changed"] is False
