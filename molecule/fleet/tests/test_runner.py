# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-runner as a library, which is what runs a job in AWX: its events, its cancel, and a job that travels."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ansible_runner
import pytest
from conftest import INVENTORY, Run
from engine_host import Host
from lab_hosts import run_on

# what a database of events is spared
LARGEST = 64 * 1024
CHANGED = "desk04"
CONVERGED = ["archive01", "desk01"]
WENT_BACK = "/var/lib/therefore-firewall/went-back.json"
# as soon as its rules are written, the host answers on the connections that there are, and on no new one
HOLD = "[Path]\nPathChanged=/etc/firewalld/policies\n"
HELD = "[Service]\nType=oneshot\nExecStart=systemctl kill --kill-whom=main --signal=STOP ssh\n"


def job(folder: Path, playbook: str, hosts: list[str], **options: Any) -> dict[str, Any]:
    return {
        "private_data_dir": str(folder), "playbook": f"therefore.firewall.{playbook}", "inventory": str(INVENTORY),
        "limit": ",".join(hosts), "ident": "one", "envvars": {"ANSIBLE_PIPELINING": "true"}, "quiet": True, **options,
    }  # fmt: skip


def largest_event(folder: Path) -> int:
    return max(path.stat().st_size for path in (folder / "artifacts/one/job_events").glob("*.json"))


def test_a_converged_run(site: Run, tmp_path: Path) -> None:
    ran = ansible_runner.run(**job(tmp_path, "site", CONVERGED))
    assert (ran.status, ran.rc) == ("successful", 0)
    assert ran.stats["changed"] == {}
    assert largest_event(tmp_path) <= LARGEST


def test_a_job_that_travels(site: Run, tmp_path: Path) -> None:
    """Transmitted, worked on elsewhere, and processed where it came from."""
    here, there, sent, said = (tmp_path / name for name in ("here", "there", "sent", "said"))
    here.mkdir()
    plan = {"therefore_plan_file": str(tmp_path / "plan.json")}
    with sent.open("wb") as out:
        ansible_runner.run(**job(here, "plan", CONVERGED, extravars=plan), streamer="transmit", _output=out)
    with sent.open("rb") as given, said.open("wb") as out:
        ansible_runner.run(streamer="worker", _input=given, _output=out, private_data_dir=str(there))
    with said.open("rb") as given:
        ran = ansible_runner.run(streamer="process", _input=given, private_data_dir=str(here), ident="one", quiet=True)
    assert ran.status == "successful"
    assert (here / "artifacts/one/rc").read_text() == "0"
    assert largest_event(here) <= LARGEST
    assert [one["host"] for one in json.loads((tmp_path / "plan.json").read_text())["hosts"]] == CONVERGED


@pytest.fixture
def held(site: Run) -> Iterator[Host]:
    """A host that lets nobody in any more as soon as it is changed."""
    for kind, text in (("path", HOLD), ("service", HELD)):
        run_on(CHANGED, "sh", "-ec", f"cat >/run/systemd/system/hold.{kind}", stdin=text)
    run_on(CHANGED, "sh", "-ec", "systemctl daemon-reload; systemctl start hold.path")
    yield Host(CHANGED, [], INVENTORY.parent)
    run_on(CHANGED, "sh", "-ec", "systemctl stop hold.path; systemctl kill --kill-whom=main --signal=CONT ssh")


def test_a_cancel_in_the_middle_of_a_guarded_change(held: Host, tmp_path: Path) -> None:
    """Nobody is left to confirm it: the host goes back by itself."""
    former = held.stored(), held.runtime()
    seen: list[bool] = []

    def changed() -> bool:
        armed = "yes" in held.run("test -e /var/lib/therefore-firewall/guard && echo yes || true")
        if not seen and armed and (held.stored(), held.runtime()) != former:
            seen.append(True)
        return bool(seen)

    ran = ansible_runner.run(
        **job(tmp_path, "site", [CHANGED], cancel_callback=changed),
        extravars={"therefore_client_egress": "deny", "therefore_client_guard_seconds": 10, "ansible_ssh_timeout": 120},
        settings={"pexpect_timeout": 1},
    )
    assert ran.status == "canceled"
    assert seen
    until = time.monotonic() + 120
    while "yes" not in held.run(f"test -e {WENT_BACK} && echo yes || true"):
        assert time.monotonic() < until, "the guard did not act"
        time.sleep(1)
    said = held.run("journalctl -b -q --no-pager -o cat -t therefore-firewall-guard")
    assert "nobody confirmed the change within 10 seconds" in said
    assert (held.stored(), held.runtime()) == former
