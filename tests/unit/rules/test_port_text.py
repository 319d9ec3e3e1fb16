# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the playbook ports prints."""

from __future__ import annotations

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.port_text import port_text
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError
from wanted import ARTICLE, CLIENT, ONLINE, SERVER, SUPPLEMENTS

STAND_IN = "192.0.2.0/24 stands for therefore_trusted_subnets, which is not given."


def test_the_rows_and_the_supplements() -> None:
    article, told, supplements = port_text(None, "text", {}).split("\n\n")
    assert [line.split()[0] for line in article.splitlines()] == ["id", *ARTICLE]
    assert "None is open unless" in told
    assert [line.split()[0] for line in supplements.splitlines()] == ["id", *SUPPLEMENTS]


@pytest.mark.parametrize("role", [CLIENT, SERVER])
def test_a_stand_in_is_said(role: str) -> None:
    text = port_text(role, "text", {})
    assert "192.0.2.0/24" in text.partition("\n\n")[0]
    assert text.endswith(STAND_IN)


def test_settings_count_and_need_no_stand_in() -> None:
    text = port_text(CLIENT, "markdown", {"therefore_client_trusted_subnets": ["198.51.100.0/24"]})
    assert "198.51.100.0/24" in text
    assert "192.0.2.0/24" not in text
    assert "stands for" not in text


def test_a_stand_in_that_no_rule_has_is_not_said() -> None:
    variables = {"therefore_server_addresses": ["198.51.100.7"], "therefore_domain_controllers": ["198.51.100.8"]}
    assert "stands for" not in port_text(CLIENT, "text", variables)


def test_endpoints_have_one_as_well() -> None:
    assert port_text(ONLINE, "text", {}).endswith(
        "tenant.example.com stands for therefore_online_endpoints, which is not given."
    )


@pytest.mark.parametrize(
    ("role", "style", "variables", "message"),
    [
        ("server", "text", {}, r"role: 'server' is unknown; did you mean therefore_server\? Valid: therefore_server, "),
        (CLIENT, "html", {}, "style: 'html' is unknown; .*Valid: text, markdown"),
        (CLIENT, "text", {"therefore_client_egres": "deny"}, "did you mean therefore_client_egress"),
        (CLIENT, "text", {"therefore_client_guard_seconds": 5}, "therefore_client_guard_seconds: 5"),
    ],
)
def test_a_wrong_question(role: str, style: str, variables: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        port_text(role, style, variables)
