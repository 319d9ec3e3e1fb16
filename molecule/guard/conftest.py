# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of this scenario share: a firewalld host, and what must be there again when the guard has acted."""

from __future__ import annotations

import functools
import json
import os
import shlex
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from engine_host import HERE, Host
from lab_hosts import probe, run_on
from on_host import install, program_of

SCENARIO = Path(__file__).parent
HOSTS = {"guard01": ["10.82.1.11", "fd82:1::11"], "guard02": ["10.82.1.12", "fd82:1::12"]}
CONTROL, CONTROLS = "gcontrol01", ["10.82.1.20", "fd82:1::20"]
# the shortest that there is, and what may come on top of it on a busy machine (a guard waits 30 seconds for others)
SECONDS, PATIENCE = 10, 80

# all that the guard has on a host while it is armed
TRACES = (
    "ls -d /var/lib/therefore-firewall/guard /var/lib/therefore-firewall/part-* 2>/dev/null || true; "
    "find /etc/systemd /run/systemd/transient /run/systemd/system -name '*therefore-firewall*' 2>/dev/null || true; "
    "systemctl list-units --all --plain --no-legend '*therefore-firewall*'"
)
BLOCK_SSH = {"id": "nossh", "direction": "in", "protocol": "tcp", "ports": [22], "peers": ["any"], "action": "block"}


def rule(rule_id: str, *ports: Any, **changed: Any) -> dict[str, Any]:
    """An inbound TCP rule for the addresses of the host that sends the packets."""
    return {"id": rule_id, "direction": "in", "protocol": "tcp", "ports": list(ports), "peers": CONTROLS} | changed


def until(true: Callable[[], Any], seconds: float = SECONDS + PATIENCE) -> float:
    """Wait until it is true; how long that took, in seconds."""
    start = time.monotonic()
    while not true():
        assert time.monotonic() - start < seconds, f"not within {seconds} seconds"
        time.sleep(0.2)
    return time.monotonic() - start


older = pytest.mark.parametrize("host", ["guard01"], indirect=True)
newer = pytest.mark.parametrize("host", ["guard02"], indirect=True)


@dataclass
class Former:
    """The state of a host."""

    stored: str
    runtime: str
    service: str


class GuardedHost(Host):
    """A lab host that runs firewalld, whose changes are guarded."""

    def seen(self, *ports: int) -> list[str]:
        """State of each TCP port as the other host finds it; tried again where a reload may be under way."""
        states = probe(CONTROL, [(address, port, "tcp") for port in ports for address in self.addresses], attempts=3)
        same = [set(states[at : at + len(self.addresses)]) for at in range(0, len(states), len(self.addresses))]
        return [" or ".join(sorted(one)) for one in same]

    def guard(self, **parameters: Any) -> dict[str, Any]:
        """Run the module firewalld_guard; what it says."""
        program = f"{shlex.join(program_of('firewalld_guard'))} || true"
        return json.loads(self.run(program, stdin=json.dumps({"ANSIBLE_MODULE_ARGS": parameters})))

    def guarded(self, name: str = "one", **parameters: Any) -> dict[str, Any]:
        """Run firewalld_ruleset where it must succeed under guard; what it says of the guard."""
        result = self.applied(name, **{"guard": "auto", "guard_seconds": SECONDS, **parameters})
        assert result["guard"]["armed"] is True
        return result["guard"]

    def ssh(self) -> dict[str, Any]:
        """Variables by which Ansible comes to this host by ssh, as it does to real ones."""
        return {
            "ansible_connection": "ssh",
            "ansible_host": self.addresses[0],
            "ansible_user": "root",
            "ansible_ssh_executable": str(SCENARIO / "ssh"),
            "ansible_ssh_common_args": (
                "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null "
                # a connection that was cut as well shall not be waited for
                "-o ServerAliveInterval=2 -o ServerAliveCountMax=2"
            ),
            "ansible_ssh_timeout": 4,
            # nothing but ssh goes by way of the other host
            "ansible_pipelining": True,
            "ansible_ssh_transfer_method": "piped",
            # it is there on both, the machine and the host whose ssh is used
            "ansible_control_path_dir": "/tmp",
        }

    def role_by_ssh(self, **variables: Any) -> dict[str, Any]:
        """Run the role ruleset over ssh."""
        return self.role(**{**self.ssh(), "ruleset_guard_seconds": SECONDS, **variables})

    def start_role_by_ssh(self, **variables: Any) -> subprocess.Popen:
        """As role_by_ssh(), in the background, with the lines that a person would see."""
        extra = {"ruleset_name": "role", "ruleset_guard_seconds": SECONDS, **self.ssh(), **variables}
        inventory = ["-i", str(SCENARIO / "inventory"), "--limit", self.name]
        return subprocess.Popen(
            ["ansible-playbook", str(HERE / "engine_role.yml"), *inventory, "-e", json.dumps(extra)],
            env={
                **os.environ,
                "ANSIBLE_STDOUT_CALLBACK": "default",
                "ANSIBLE_FORCE_COLOR": "false",
                "ANSIBLE_NOCOLOR": "true",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def restart(self) -> None:
        """Pull the plug, and wait until the host is up again."""
        subprocess.run(["podman", "restart", "--time=0", f"thf-lab-{self.name}"], check=True, capture_output=True)
        # as shared/lab_host.yml does; while D-Bus is not there yet it does not wait
        until(lambda: "running" in self.run("systemctl is-system-running --wait 2>/dev/null || true"))
        # its network card is another one now
        run_on(CONTROL, "ip", "neigh", "flush", "all")
        pings = " && ".join(f"ping -q -c 1 -W 1 {address} >/dev/null" for address in CONTROLS)
        until(lambda: "there" in self.run(f"{pings} && echo there || true"))

    def former(self) -> Former:
        """What must be there again."""
        service = "systemctl show firewalld -p ActiveState -p UnitFileState; ls -l /etc/systemd/system/*/firewalld*"
        running = "python3 /opt/lab/runtime.py 2>/dev/null || echo stopped"
        return Former(self.stored(), self.run(running), self.run(f"{service} 2>/dev/null || true"))

    def traces(self) -> str:
        """What is there of an armed guard."""
        return self.run(TRACES).strip()

    def goes_back(self) -> None:
        """Wait until the guard has acted, not too early, and say how long after its arming, by the host's own clock."""
        try:
            until(lambda: not self.traces())
        finally:
            print(self.run("journalctl -b -q --no-pager -o short-precise -n 40"))
        marker = "/var/lib/therefore-firewall/went-back.json"
        at, text = self.run(f"stat -c %.Y {marker}; cat {marker}").splitlines()
        took = float(at) - json.loads(text)["armed_at"]
        print(f"{self.name}: back {took:.1f} s after it was armed for {SECONDS} s")
        assert took >= SECONDS

    def journal(self) -> str:
        """What the guard's units have said since the host was started."""
        return self.run("journalctl -b -q --no-pager -o cat -t therefore-firewall-guard")

    def disarm(self) -> None:
        """Leave nothing armed, whatever a test has left."""
        self.run(
            "systemctl stop therefore-firewall-guard.timer therefore-firewall-guard.service 2>/dev/null || true; "
            "rm -rf /var/lib/therefore-firewall; find /etc/systemd/system -name 'therefore-firewall*' -delete"
        )


@functools.cache
def let_in(host: str) -> None:
    """Give the host that sends the packets a key to this one, once."""
    key = "~/.ssh/id_ed25519"
    public = run_on(CONTROL, "sh", "-ec", f"test -e {key} || ssh-keygen -q -t ed25519 -N '' -f {key}; cat {key}.pub")
    run_on(host, "sh", "-ec", "mkdir -p -m 700 ~/.ssh; cat >~/.ssh/authorized_keys", stdin=public)


@pytest.fixture(params=HOSTS)
def host(request: pytest.FixtureRequest) -> Iterator[GuardedHost]:
    """A firewalld host; afterwards it is as it was booted."""
    one = GuardedHost(request.param, HOSTS[request.param], SCENARIO)
    install(one.name)
    let_in(one.name)
    yield one
    # Ansible's connections outlive a play by a minute
    run_on(CONTROL, "sh", "-c", "pkill -x ssh; true")
    one.disarm()
    one.reset()
