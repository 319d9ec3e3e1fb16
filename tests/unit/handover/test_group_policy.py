# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The script for group policy as a text. What it does on an engine: tests/windows/test_group_policy.py."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.group_policy import TEMPLATE, quoted, script
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError
from hypothesis import given
from hypothesis import strategies as st
from wanted import CLIENT, ONLINE, SERVER, rules

CREATED = "2026-11-25T03:30:00Z"
# what quoted() writes: strings, and characters by their number
PART = re.compile(r"'((?:[^']|'')*)'|\[char\]0x([0-9a-f]{4})")


def made(role: str, **settings: Any) -> str:
    return script(role, rules(role, **settings), CREATED)


def table_of(text: str, name: str) -> list[str]:
    """The lines of one rule."""
    lines = text.splitlines()
    start = lines.index(f"        Name = '{name}'")
    return [line.strip() for line in lines[start : lines.index("    }", start)]]


def read(expression: str) -> str:
    """What PowerShell makes of an expression of quoted(): a model for just these."""
    units = b""
    for text, number in PART.findall(expression):
        units += bytes.fromhex(number) if number else text.replace("''", "'").encode("utf-16-be")
    return units.decode("utf-16-be", "surrogatepass")


def test_a_rule_whole() -> None:
    assert table_of(made(CLIENT, inbound=True), "Therefore-Client-smb-in-tcp") == [
        "Name = 'Therefore-Client-smb-in-tcp'",
        "DisplayName = 'Therefore Client - MICROSOFT-DS (SMB) (TCP-In)'",
        "Description = 'row smb of: Standard ports and protocols required for Therefore communication "
        "(modified Mon, 1 Sep at 4:27 PM)'",
        "Direction = 'Inbound'",
        "Action = 'Allow'",
        "Enabled = 'True'",
        "Profile = 'Domain'",
        "Protocol = 'TCP'",
        "LocalPort = @('445')",
        "RemotePort = @('Any')",
        "LocalAddress = @('Any')",
        "RemoteAddress = @('192.0.2.0/24', '2001:db8::/64')",
        "RemoteNames = @()",
        "Program = 'Any'",
        "Service = 'Any'",
        "InterfaceType = 'Any'",
        "Authentication = 'NotRequired'",
        "Encryption = 'NotRequired'",
        "EdgeTraversalPolicy = 'Block'",
    ]


def test_names_stand_beside_addresses() -> None:
    found = table_of(made(ONLINE), "Therefore-Online-Client-online_xml_service-out-tcp")
    assert "RemoteAddress = @('203.0.113.128/25')" in found
    assert "RemoteNames = @('archive.example.com')" in found
    assert "192.0.2.1'" not in made(ONLINE)


def test_outbound_rules_have_no_edge() -> None:
    assert "EdgeTraversalPolicy = " not in made(CLIENT).split("# How two values")[0]


def test_a_keyword_is_that_of_the_cmdlets() -> None:
    found = table_of(made(CLIENT, inbound=True, supplements=["rpc_dynamic"]), "Therefore-Client-rpc_dynamic-in-tcp")
    assert "LocalPort = @('RPC')" in found


@pytest.mark.parametrize("role", [CLIENT, ONLINE])
def test_nothing_of_the_template_is_left(role: str) -> None:
    text = made(role)
    for place in ("@GROUP@", "@RULES@", "@ORIGIN@", "@TITLE@", "@FILE@", "@COMPARISON@"):
        assert place in TEMPLATE.read_text()
        assert place not in text


def test_it_says_what_it_is() -> None:
    text = made(CLIENT)
    for part in (
        "# SPDX-" + "License-Identifier: GPL-3.0-or-later",
        'of the group "Therefore Client"', CREATED, "therefore.firewall",
        '"Standard ports and protocols required for Therefore communication" (modified Mon, 1 Sep at 4:27 PM)',
        r".\therefore-client.ps1 -PolicyStore",
    ):  # fmt: skip
        assert part in text


def test_the_same_rules_give_the_same_script() -> None:
    assert made(CLIENT) == script(CLIENT, list(rules(CLIENT)), CREATED)


def test_no_rules_is_a_script_too() -> None:
    assert "$rules = @(\n    # none\n)" in script(CLIENT, [], CREATED)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "''"),
        ("plain", "'plain'"),
        ("it's", "'it''s'"),
        ('$(x) `n "y" #>', "'$(x) `n \"y\" #>'"),
        ("a\nb", "('a' + [char]0x000a + 'b')"),
        ("\u2019", "('' + [char]0x2019)"),
        ("\U0001f600", "('' + [char]0xd83d + [char]0xde00)"),
    ],
)
def test_texts_as_expressions(text: str, expected: str) -> None:
    assert quoted(text) == expected


@given(st.text())
def test_every_text_is_plain_ascii_on_one_line_and_means_itself(text: str) -> None:
    expression = quoted(text)
    assert re.fullmatch(r"[ -~]+", expression)
    assert read(expression) == text
    # between the parts there is nothing else
    assert re.fullmatch(r"[()+ ]*", PART.sub("", expression))


@pytest.mark.parametrize("created", ["#> Remove-Item x", "two\nlines\n.EXAMPLE", "\u201cquotes\u201d"])
def test_the_header_stays_a_comment(created: str) -> None:
    text = script(CLIENT, rules(CLIENT), created)
    assert text.isascii()
    assert text.count("#>") == TEMPLATE.read_text().count("#>")
    assert len(text.splitlines()) == len(made(CLIENT).splitlines())


def test_a_hostile_rule_cannot_stand_in_for_a_place() -> None:
    wanted = rules(CLIENT)[:1]
    wanted[0]["description"] = "'@GROUP@'    # @RULES@ @TITLE@"
    assert "Description = '''@GROUP@''    # @RULES@ @TITLE@'" in script(CLIENT, wanted, CREATED)


def test_other_roles_are_refused() -> None:
    with pytest.raises(InputError, match="role: 'therefore_server' is not for clients outside Ansible; did you mean"):
        script(SERVER, [], CREATED)
