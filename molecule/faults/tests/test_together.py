# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two controllers at once, and somebody who reloads firewalld all the time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from conftest import PUT_BACK, Faulty, rule

XML, WEB = rule("xml", 8000), rule("web", 80, peers=["10.83.1.20"])
DENY = {"rules": [XML, WEB], "egress": "deny"}
RELOADS = "while true; do firewall-cmd -q --reload || true; done"


def test_two_controllers_with_different_sets(host: Faulty) -> None:
    with ThreadPoolExecutor() as pool:
        first = pool.submit(host.applied, "one", rules=[XML])
        second = pool.submit(host.applied, "two", rules=[WEB])
        assert [one.result()["changed"] for one in (first, second)] == [True, True]
    for name, rules in (("one", [XML]), ("two", [WEB])):
        assert host.applied(name, rules=rules)["changed"] is False
    assert host.open_to_probe(8000) == ["open"]


def test_two_controllers_with_the_same_set(host: Faulty) -> None:
    """The second finds what the first has done: it changes nothing where both want the same."""
    with ThreadPoolExecutor() as pool:
        changed = list(pool.map(lambda _number: host.applied(rules=[XML])["changed"], range(2)))
    assert sorted(changed) == [False, True]
    with ThreadPoolExecutor() as pool:
        wanted = [{"rules": [XML]}, {"state": "absent"}]
        for result in pool.map(lambda change: host.applied(**change), wanted):
            assert "msg" not in result
    settled = [host.applied(check=True, **change)["changed"] for change in wanted]
    assert sorted(settled) == [False, True]


def test_somebody_reloads_all_the_time(host: Faulty) -> None:
    """Each change is made, or is not made and said so."""
    before = host.stored()
    host.run(f"systemd-run -q --unit=reloads sh -c '{RELOADS}'")
    try:
        for change in ({"rules": [XML]}, DENY, {"rules": [XML | {"ports": [8091]}]}, DENY):
            result = host.apply(**change)
            if result.get("failed"):
                assert PUT_BACK in result["msg"]
                assert host.stored() == before
            before = host.stored()
    finally:
        host.run("systemctl stop reloads")
    host.applied(**DENY)
    state = host.state()
    assert host.applied(**DENY)["changed"] is False
    host.run("firewall-cmd -q --reload")
    assert host.state() == state
