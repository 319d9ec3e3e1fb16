# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A workflow in slices gives what one job gives; what does not belong together is refused, and nothing half merged."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.prepared import records_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify import artifacts
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.handed_on import Handover, version
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError

SHARED: dict[str, Any] = {"therefore_trusted_subnets": ["10.0.0.0/16"]}
Inventory = tuple[dict[str, dict[str, Any]], dict[str, list[str]]]


def estate(hosts: int) -> Inventory:
    """Servers, clients, and every tenth a host of somebody else: the variables and the groups."""
    names = sorted(f"host-{number}" for number in range(hosts))
    groups: dict[str, list[str]] = {"therefore_server": [], "therefore_client": [], "others": []}
    for number, name in enumerate(names):
        group = "others" if number % 10 == 3 else "therefore_server" if number % 50 == 0 else "therefore_client"
        groups[group].append(name)
    hostvars = {
        name: {**SHARED, "ansible_host": f"10.0.{number // 250}.{number % 250 + 1}"}
        for number, name in enumerate(names)
    }
    return hostvars, {"all": names, **groups}


def sliced(inventory: Inventory, number: int, count: int) -> Inventory:
    """As AWX slices: every so manieth host by name, and all groups with who is left of them."""
    hostvars, groups = inventory
    own = sorted(hostvars)[number::count]
    return {name: hostvars[name] for name in own}, {
        group: [name for name in names if name in own] for group, names in groups.items()
    }


def records(inventory: Inventory) -> dict[str, dict[str, Any]]:
    hostvars, groups = inventory
    return records_of(hostvars, groups, SHARED, hostvars)


def prepared(inventory: Inventory, run: str = "one") -> dict[str, Any]:
    known = records(inventory)
    return artifacts.prepared(known, {"hosts": [*known.values()]}, "2026-11-28T00:00:00Z", version(), run)


def said(host: str) -> dict[str, Any]:
    return {"results": [{"id": f"{host} archive 8000/tcp", "state": "open"}], "stopped": len(host)}


def hand_on(inventory: Inventory, count: int, prepare: artifacts.Artifact, handover: Handover) -> dict[str, str]:
    """What every slice hands on after the step send: the variables of the workflow, where there is no folder."""
    given: dict[str, str] = {}
    for number in range(count):
        hostvars, groups = sliced(inventory, number, count)
        own = records((hostvars, groups))
        artifacts.check_inventory(prepare, own, whole=False)
        part = artifacts.slice_of(prepare, "send", groups["all"], {name: said(name) for name in own})
        given |= handover.write(part)
    return given


@pytest.mark.parametrize("count", [1, 3, 7])
@pytest.mark.parametrize("shared_folder", [True, False], ids=["folder", "variables"])
def test_a_thousand_hosts_in_slices_say_what_they_say_in_one_job(
    count: int, shared_folder: bool, tmp_path: Path
) -> None:
    inventory = estate(1000)
    prepare = prepared(inventory)
    folder = str(tmp_path / "artifacts") if shared_folder else None
    given = Handover(folder, {}).write(prepare)
    given |= hand_on(inventory, count, prepare, Handover(folder, {}))
    handover = Handover(folder, given)
    read = handover.prepare()
    assert read == prepare
    known = records(inventory)
    artifacts.check_inventory(read, known, whole=True)
    joined = artifacts.joined(read, "send", handover.parts("send"), known)
    assert joined.slices == count
    assert joined.hosts == {name: said(name) for name in known}
    together = artifacts.together(known, [joined.hosts])
    assert together == {name: {**record, **said(name)} for name, record in known.items()}


def test_a_slice_without_hosts_of_ours_is_counted(tmp_path: Path) -> None:
    inventory = estate(40)  # of ten slices the fourth has others only
    prepare, handover = prepared(inventory), Handover(str(tmp_path), {})
    hand_on(inventory, 10, prepare, handover)
    joined = artifacts.joined(prepare, "send", handover.parts("send"), records(inventory))
    assert (joined.slices, joined.empty) == (10, 1)
    assert artifacts.counted("send", joined) == (
        "probe (therefore_probe_step=send): 10 slices, 1 of them without hosts of ours; 36 hosts"
    )


def test_prepare_removes_what_an_earlier_workflow_left_and_nothing_else(tmp_path: Path) -> None:
    inventory = estate(20)
    handover = Handover(str(tmp_path), {})
    hand_on(inventory, 3, prepared(inventory, "before"), handover)
    (tmp_path / "send_mine.json").write_text("{}")
    assert len(handover.parts("send")) == 3
    handover.write(prepared(inventory))
    assert handover.parts("send") == {}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["prepare.json", "send_mine.json"]


def joined_anew(tmp_path: Path, inventory: Inventory, prepare: artifacts.Artifact) -> artifacts.Joined:
    return artifacts.joined(prepare, "send", Handover(str(tmp_path), {}).parts("send"), records(inventory))


def test_overlaps_and_gaps_are_refused(tmp_path: Path) -> None:
    inventory = estate(30)
    prepare, handover = prepared(inventory), Handover(str(tmp_path), {})
    with pytest.raises(InputError, match=r"no slice of probe \(therefore_probe_step=send\) has handed on anything"):
        joined_anew(tmp_path, inventory, prepare)
    hand_on(inventory, 3, prepare, handover)
    next(tmp_path.glob("send_*.json")).unlink()
    with pytest.raises(InputError, match=r"has gaps: host-.* and \d more\. Run the missing slices again"):
        joined_anew(tmp_path, inventory, prepare)
    hand_on(inventory, 3, prepare, handover)
    assert joined_anew(tmp_path, inventory, prepare).slices == 3
    hand_on(inventory, 2, prepare, handover)
    with pytest.raises(InputError, match=r"overlap: both have host-.*; start the workflow anew with prepare"):
        joined_anew(tmp_path, inventory, prepare)


@pytest.mark.parametrize("edited", [{}, {"host": "other"}, None, []], ids=str)
def test_what_a_slice_did_not_write_is_refused(edited: Any) -> None:
    prepare = prepared(estate(4))
    plans = {name: {"host": name, "sets": {}} for name in prepare["hosts"]}

    def joined(step: str, kind: str, hosts: dict[str, Any]) -> artifacts.Joined:
        part = artifacts.slice_of(prepare, kind, [*hosts], hosts)
        return artifacts.joined(prepare, step, {"plan_1.json": part}, prepare["hosts"])

    assert joined("plan", "plan", plans).hosts == plans
    first = min(plans)
    with pytest.raises(InputError, match=rf"^plan_1.json is not what plan wrote of {first}: run its slice again, then"):
        joined("plan", "plan", plans | {first: edited})
    with pytest.raises(InputError, match=r"^plan_1.json is not what plan wrote: run its slice again, then this job"):
        joined("plan", "stop", plans)


def test_a_host_that_was_away_may_have_said_nothing_to_a_step_of_probe() -> None:
    prepare = prepared(estate(4))
    part = artifacts.slice_of(prepare, "send", ["all"], {name: {} for name in prepare["hosts"]})
    assert artifacts.joined(prepare, "send", {"send_1.json": part}, prepare["hosts"]).slices == 1


def test_what_is_of_another_run_or_inventory_is_refused(tmp_path: Path) -> None:
    inventory = estate(20)
    handover = Handover(str(tmp_path), {})
    hand_on(inventory, 2, prepared(inventory), handover)
    with pytest.raises(InputError, match="of another run of the workflow: give each workflow a therefore_artifact_fol"):
        joined_anew(tmp_path, inventory, prepared(inventory, "two"))
    with pytest.raises(InputError, match="of another inventory than prepare saw: start the workflow anew"):
        joined_anew(tmp_path, inventory, prepared(estate(21)))


def test_a_job_whose_inventory_is_another_is_refused() -> None:
    inventory = estate(20)
    prepare = prepared(inventory)
    with pytest.raises(InputError, match="prepare did not see host-"):
        artifacts.check_inventory(prepare, records(estate(25)), whole=False)
    changed = copy.deepcopy(inventory)
    changed[0]["host-7"]["therefore_client_egress"] = "deny"
    with pytest.raises(InputError, match=r"other settings than prepare saw: host-7\. Either .*groups, hostvars"):
        artifacts.check_inventory(prepare, records(changed), whole=False)
    with pytest.raises(InputError, match=r"this job's inventory lacks host-.*, which prepare saw"):
        artifacts.check_inventory(prepare, records(sliced(inventory, 0, 2)), whole=True)


def test_another_version_of_the_collection_is_refused(tmp_path: Path) -> None:
    handover = Handover(str(tmp_path), {})
    handover.write({**prepared(estate(20)), "collection": "0.0.9"})
    with pytest.raises(InputError, match=r"prepare ran with version 0\.0\.9 of therefore\.firewall, and this job has"):
        handover.prepare()


def test_a_job_without_its_artifact_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no prepare\.json in .*: run the playbook prepare first"):
        Handover(str(tmp_path), {}).prepare()
    with pytest.raises(InputError, match=r"therefore_artifact_folder is not set, .*: run the playbook prepare first"):
        Handover(None, {}).prepare()


@pytest.mark.parametrize("text", ["{", "[]", '{"format": "therefore.firewall.artifact", "version": 1}', "\x00"])
def test_a_damaged_artifact_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "prepare.json").write_text(text)
    with pytest.raises(InputError, match=r"prepare\.json.*(anew|prepare\.yml)"):
        Handover(str(tmp_path), {}).prepare()
    with pytest.raises(InputError, match=r"__therefore_artifact_prepare is damaged: .*; start the workflow anew"):
        Handover(None, {"__therefore_artifact_prepare": text}).prepare()


def test_too_much_for_variables_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artifacts, "MOST_CHARACTERS", 500)
    with pytest.raises(InputError) as refused:
        Handover(None, {}).write(prepared(estate(100)))
    assert "prepare has " in str(refused.value)
    assert "set therefore_artifact_folder to a folder that all its jobs share, or make more slices" in str(
        refused.value
    )
