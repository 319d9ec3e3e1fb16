# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of this scenario share: a fleet of which two hosts are away, and playbooks run as AWX runs them."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from engine_host import RESET
from lab_hosts import run_on

INVENTORY = Path(__file__).parent / "inventory"
# turned off, and there but silent
OFF, SILENT = "archive03", "desk02"
AWAY = [OFF, SILENT]
DIES = "desk03"
DROP = (
    "nft add table inet silence; nft 'add chain inet silence in { type filter hook input priority -500; policy drop; }'"
)
# as soon as its rules are written, nobody hears of the host any more
DEATH = "[Path]\nPathChanged=/etc/firewalld/policies\n"
BURIAL = "[Service]\nType=oneshot\nExecStart=ip link set fleet down\n"


class Run:
    """A playbook that runs on the fleet, or on a slice of it such as 2/7."""

    def __init__(self, playbook: str, folder: Path, part: str = "1/1", limit: Sequence[str] = (), **extra: Any) -> None:
        command = ["ansible-playbook", "-i", str(INVENTORY), f"therefore.firewall.{playbook}", "-e", json.dumps(extra)]
        self.log = folder / f"{playbook}-{part.replace('/', '-of-')}.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [*command, "--limit", ",".join(limit) or "all"],
                env={**os.environ, "FLEET_SLICE": part, "ANSIBLE_FORKS": "10", "ANSIBLE_FORCE_COLOR": "false"},
                cwd=folder, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def ended(self) -> Run:
        """Wait for its end."""
        self.code = self.process.wait()
        self.text = self.log.read_text()
        print(self.text)
        return self

    @property
    def recap(self) -> dict[str, dict[str, int]]:
        """What it says at the end of each host."""
        lines = self.text.partition("PLAY RECAP")[2].splitlines()
        found = (re.match(r"(\S+) +: (.*)", line) for line in lines)
        return {
            one[1]: {name: int(count) for name, count in re.findall(r"(\w+)=(\d+)", one[2])} for one in found if one
        }

    def hosts(self, state: str) -> list[str]:
        """Those with at least one task that ended so."""
        return sorted(name for name, counts in self.recap.items() if counts[state])


@pytest.fixture(scope="session")
def fleet() -> Iterator[None]:
    """Two hosts are away."""
    subprocess.run(["podman", "stop", "--time=0", f"thf-lab-{OFF}"], check=True, capture_output=True)
    run_on(SILENT, "sh", "-ec", DROP)
    yield
    run_on(SILENT, "nft", "delete", "table", "inet", "silence")
    subprocess.run(["podman", "start", f"thf-lab-{OFF}"], check=True, capture_output=True)


@pytest.fixture(scope="session")
def site(fleet: None, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The playbook site in batches; in the last one a host dies, and is there again when all has ended."""
    run_on(DIES, "sh", "-ec", RESET)
    for kind, text in (("path", DEATH), ("service", BURIAL)):
        run_on(DIES, "sh", "-ec", f"cat >/run/systemd/system/dies.{kind}", stdin=text)
    run_on(DIES, "sh", "-ec", "systemctl daemon-reload; systemctl start dies.path")
    run = Run("site", tmp_path_factory.mktemp("site"), therefore_serial=[1, "100%"]).ended()
    run_on(DIES, "sh", "-ec", "systemctl stop dies.path; ip link set fleet up")
    return run
