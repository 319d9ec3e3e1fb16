# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A firewalld in state FAILED says that everything is as it should be, and filters by nothing of it."""

from __future__ import annotations

from conftest import FRIENDS, Loading, rule

WEB = rule("web", 8000)
BAD_SOURCE = '<zone><source ipset="no-such-set"/></zone>'
ONE_IPSET = "rm $(ls /etc/firewalld/ipsets/thf-one-4*.xml | head -1)"


def kinds(result: dict) -> list[str]:
    return [one["kind"] for one in result["findings"]]


def test_the_set_is_removed_though_it_cannot_be_loaded(host: Loading) -> None:
    host.applied(rules=[WEB])
    path = host.store("zones", "drop", BAD_SOURCE)
    host.run("systemctl restart firewalld")
    assert host.state() == "failed"
    checked = host.apply(check=True, state="absent")
    assert checked["changed"]
    assert checked["firewalld"] == "failed"
    assert kinds(checked) == ["failed"]
    removed = host.applied(state="absent")
    assert removed["changed"]
    assert removed["firewalld"] == "failed"
    assert "The set's files were removed" in removed["findings"][-1]["message"]
    assert path in removed["findings"][-1]["message"]
    assert "thf-" not in host.stored()
    assert not host.applied(state="absent")["changed"]
    host.run(f"rm {path}; systemctl restart firewalld")
    assert "thf-" not in host.runtime()


def test_it_is_an_error_with_the_cause_where_rules_are_wanted(host: Loading) -> None:
    host.applied(rules=[WEB])
    path = host.store("zones", "drop", BAD_SOURCE)
    host.run("systemctl restart firewalld")
    before = host.stored()
    checked = host.apply(check=True, rules=[WEB])
    assert not checked.get("failed")
    assert checked["firewalld"] == "failed"
    assert kinds(checked) == ["failed", "refused"]
    result = host.apply(rules=[WEB])
    assert result["failed"]
    assert path in result["msg"]
    assert result["firewalld"] == "failed"
    assert not result["changed"]
    assert host.stored() == before


def test_what_others_have_mended_is_loaded(host: Loading) -> None:
    host.applied(rules=[WEB], block_public=True)
    path = host.store("zones", "drop", BAD_SOURCE)
    host.run("systemctl restart firewalld")
    assert host.state() == "failed"
    host.run(f"rm {path}")
    checked = host.apply(check=True, rules=[WEB], block_public=True)
    assert kinds(checked) == ["failed"]
    assert checked["reloaded"]
    assert host.applied(rules=[WEB], block_public=True)["firewalld"] == "running"
    assert host.state() == "running"
    assert host.packets() == {"rfriend": ["open", "filtered", "open", "filtered"],
                              "rstranger": ["open", "filtered", "refused", "filtered"]}  # fmt: skip


def test_a_damaged_set_is_written_again(host: Loading) -> None:
    """Somebody deleted one of its ipsets for good, and restarted firewalld."""
    host.applied(rules=[WEB], block_public=True)
    want = host.stored()
    host.run(f"{ONE_IPSET}; systemctl restart firewalld")
    assert host.state() == "failed"
    assert host.applied(rules=[WEB], block_public=True)["changed"]
    assert host.state() == "running"
    assert host.packets() == {"rfriend": ["open", "filtered", "open", "filtered"],
                              "rstranger": ["open", "filtered", "refused", "filtered"]}  # fmt: skip
    assert not host.applied(rules=[WEB], block_public=True)["changed"]
    assert host.stored() == want


def test_a_set_that_is_damaged_while_firewalld_runs_is_written_again(host: Loading) -> None:
    host.applied(rules=[WEB])
    host.run(ONE_IPSET)
    assert host.applied(rules=[WEB, rule("more", 1433, peers=FRIENDS[:1])])["changed"]
    assert host.packets()["rfriend"] == ["open", "filtered", "open", "filtered or open"]


def test_one_that_would_fail_is_not_started(host: Loading) -> None:
    path = host.store("zones", "drop", BAD_SOURCE)
    host.run("systemctl stop firewalld")
    result = host.apply(rules=[WEB])
    assert result["failed"]
    assert result["firewalld"] == "stopped"
    assert path in host.refusals(result)[0]
    report = host.role(ruleset_rules=[WEB], ruleset_manage_firewalld=True)
    assert report["stats"]["failures"] == 1
    assert path in host.task(report, "Apply the rule set")["msg"]
    assert host.run("systemctl is-active firewalld || true").strip() == "inactive"
