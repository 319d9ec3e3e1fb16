# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""firewalld stopped or missing: a clear error, or, where asked, a start that keeps ssh open.

Installing it is not tested: the lab's networks lead nowhere. "Missing" is played by hiding the program.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conftest import FRIEND, STRANGER, rule
from engine_host import Host

XML = rule("xml", 8000)
START = {"ruleset_rules": [XML], "ruleset_manage_firewalld": True}
PROGRAM, UNIT = "/usr/sbin/firewalld", "/usr/lib/systemd/system/firewalld.service"


@pytest.fixture
def stopped(host: Host) -> Iterator[Host]:
    """The host with firewalld stopped."""
    host.run("systemctl stop firewalld")
    yield host
    host.run("systemctl reset-failed firewalld || true; systemctl start firewalld")


@pytest.fixture
def missing(stopped: Host) -> Iterator[Host]:
    """The host with firewalld's program and unit out of the way, as if it had never been installed."""
    stopped.run(f"for file in {PROGRAM} {UNIT}; do mv $file $file.hidden; done; systemctl daemon-reload")
    yield stopped
    stopped.run(f"for file in {PROGRAM} {UNIT}; do mv $file.hidden $file; done; systemctl daemon-reload")


def test_stopped_is_an_error_that_names_the_remedy(stopped: Host) -> None:
    before = stopped.stored()
    result = stopped.apply(rules=[XML])
    assert result["failed"]
    assert result["firewalld"] == "stopped"
    assert "is installed but not running" in result["msg"]
    assert "_manage_firewalld: true" in result["msg"]
    assert stopped.run("systemctl is-active firewalld || true").strip() == "inactive"
    assert stopped.stored() == before


def test_missing_is_an_error_that_names_the_remedy(missing: Host) -> None:
    result = missing.apply(rules=[XML])
    assert result["failed"]
    assert result["firewalld"] == "missing"
    assert "is not installed" in result["msg"]
    assert "_manage_firewalld: true" in result["msg"]


def test_nothing_to_remove_where_firewalld_is_missing(missing: Host) -> None:
    report = missing.role(ruleset_state="absent")
    assert (report["stats"]["failures"], report["stats"]["changed"]) == (0, 0)


def test_a_set_cannot_be_removed_while_firewalld_is_stopped(host: Host) -> None:
    host.applied(rules=[XML])
    host.run("systemctl stop firewalld")
    try:
        assert "not running" in host.apply(state="absent")["msg"]
        assert host.applied("other", state="absent")["changed"] is False
    finally:
        host.run("systemctl start firewalld")
    host.applied(state="absent")
    assert "thf-" not in host.stored()


def test_check_mode_says_what_an_installation_would_bring(missing: Host) -> None:
    before = missing.stored()
    report = missing.role("--check", **START)
    assert (report["stats"]["failures"], report["stats"]["unreachable"]) == (0, 0)
    assert missing.task(report, "Start firewalld")["changed"] is True
    assert [one["id"] for one in missing.task(report, "Apply the rule set")["changes"]] == ["xml"]
    assert missing.stored() == before


def test_check_mode_says_what_a_start_would_bring(stopped: Host) -> None:
    before = stopped.stored()
    report = stopped.role("--check", **START)
    assert (report["stats"]["failures"], report["stats"]["unreachable"]) == (0, 0)
    result = stopped.task(report, "Apply the rule set")
    assert [(one["action"], one["id"]) for one in result["changes"]] == [("create", "xml")]
    assert stopped.stored() == before
    assert stopped.run("systemctl is-active firewalld || true").strip() == "inactive"


@pytest.mark.parametrize("host", ["trixie01"], indirect=True)
def test_a_failed_installation_leaves_it_unmasked(missing: Host) -> None:
    """The lab's networks lead to no package source."""
    before = missing.stored()
    report = missing.role(**START)
    assert report["stats"]["failures"] == 1
    message = report["tasks"][-1]["hosts"][missing.name]["msg"]
    assert message.startswith("Install firewalld: ")
    assert "mend the host's package sources" in message
    assert missing.stored() == before
    assert missing.run("systemctl show firewalld -p LoadState --value").strip() == "not-found"


def test_one_that_somebody_has_masked_is_not_started(stopped: Host) -> None:
    before = stopped.stored()
    stopped.run("systemctl mask -q firewalld")
    try:
        checked, report = stopped.role("--check", **START), stopped.role(**START)
        state = stopped.run("systemctl is-enabled firewalld || true").strip()
    finally:
        stopped.run("systemctl unmask -q firewalld")
    assert (checked["stats"]["failures"], report["stats"]["failures"], state) == (0, 1, "masked")
    (finding,) = stopped.task(checked, "Apply the rule set")["findings"]
    assert (finding["kind"], finding["object"]) == ("refused", "firewalld")
    assert "systemctl unmask firewalld" in finding["message"]
    assert finding["message"] in stopped.task(report, "Apply the rule set")["msg"]
    assert stopped.stored() == before


@pytest.mark.parametrize("port", [22, 2222])
def test_the_role_starts_it_and_ssh_still_answers(stopped: Host, port: int) -> None:
    """Also where the default zone would shut ssh out, and where ssh has another port."""
    stopped.run("firewall-offline-cmd -q --zone=public --remove-service-from-zone=ssh; systemctl disable -q firewalld")
    stopped.run(f"systemd-run -q --unit=sshd-{port} /usr/sbin/sshd -D -p {port}" if port != 22 else "true")
    try:
        report = stopped.role(**START, ruleset_management_port=port)
        assert report["stats"]["failures"] == 0
        assert stopped.seen_from(STRANGER, port, 8000) == ["open", "filtered"]
        assert stopped.seen_from(FRIEND, 8000) == ["open"]
        assert stopped.run("systemctl is-enabled firewalld").strip() == "enabled"
        again = stopped.role(**START, ruleset_management_port=port)
        assert (again["stats"]["failures"], again["stats"]["changed"]) == (0, 0)
    finally:
        stopped.run(f"systemctl stop sshd-{port}; systemctl enable -q firewalld" if port != 22 else "true")


def test_a_start_that_would_flush_the_rules_of_others(stopped: Host) -> None:
    """firewalld before 2.0 empties the tables of iptables when it starts."""
    stopped.run("iptables -N f2b; iptables -A f2b -s 10.79.1.30 -j DROP; iptables -I INPUT -p tcp --dport 22 -j f2b")
    before = stopped.stored()
    try:
        checked, report = stopped.role("--check", **START), stopped.role(**START)
        assert "f2b" in stopped.run("iptables-save")
        assert stopped.seen_from(STRANGER, 22, addresses=stopped.addresses[:1]) == ["filtered"]
        refused = [one for one in stopped.task(checked, "Apply the rule set")["findings"] if one["kind"] == "refused"]
        if stopped.name == "trixie01":
            assert (report["stats"]["failures"], refused) == (0, [])
        else:
            (message,) = (one["message"] for one in refused)
            assert message.startswith("to start firewalld before 2.0 would flush 2 rules of others in iptables (")
            assert message in str(report["tasks"][-1])
            assert stopped.stored() == before
    finally:
        stopped.run("iptables -F; iptables -X")
