# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The execution environment, built for real on a base of Debian's, and used: what it says is what a controller says.

Started by make execution-environment, which brings the base and the tarball. The collections that ours depends on come
from the package ansible in place of Galaxy.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
BASE, IMAGE, HOST = "localhost/therefore-lab:trixie", "localhost/therefore-firewall-ee:test", "thf-ee-host"
PLAIN = {"ANSIBLE_NOCOLOR": "1", "ANSIBLE_HOST_KEY_CHECKING": "false"}


def run(*command: str | Path, **options: Any) -> str:
    ran = subprocess.run([str(one) for one in command], capture_output=True, text=True, check=False, **options)
    print(ran.stdout[-4000:], ran.stderr[-4000:])
    ran.check_returncode()
    return ran.stdout


def pip_settings(folder: Path) -> list[str]:
    """The machine's own settings of pip for a build, and its folders with packages."""
    said = run(sys.executable, "-m", "pip", "config", "list")
    settings = {
        name: ast.literal_eval(value) for name, value in re.findall(r"^\S+?\.([\w-]+)=(.*)$", said, re.MULTILINE)
    }
    mounts = [f"{folder}/pip.conf:/etc/pip.conf:ro"]
    if "cert" in settings:
        # a name of its own: the base's own bundle is written when its package is set up
        mounts.append(f"{settings['cert']}:/opt/pip-cert.pem:ro")
        settings["cert"] = "/opt/pip-cert.pem"
    places = {one.removeprefix("file://") for value in settings.values() for one in str(value).split()}
    roots = {str(Path(*Path(one).parts[:3])) for one in places if Path(one).is_dir()}
    # constraints, for one
    files = {one for one in places if Path(one).is_file()}
    mounts += [f"{one}:{one}:ro" for one in sorted(roots | files)]
    texts = [f"{name} = {' '.join(str(value).split())}" for name, value in settings.items()]
    (folder / "pip.conf").write_text("\n".join(["[global]", *texts, ""]))
    return [f"--volume={one}" for one in mounts]


def adapted() -> dict[str, Any]:
    """The project's own definition, for a Debian base and without Galaxy."""
    environment: dict[str, Any] = yaml.safe_load((ROOT / "execution-environment.yml").read_text())
    environment["images"]["base_image"]["name"] = BASE
    environment["options"] = {"skip_pip_install": True, "package_manager_path": "/usr/bin/apt-get"}
    parts = environment["dependencies"]
    del parts["galaxy"]
    parts["python_interpreter"] = {"package_system": "python3-pip", "python_path": "/usr/bin/python3"}
    parts["python"] = ["ansible==12.3.0", *_lines("meta/ee-requirements.txt")]
    parts["system"] = _lines("meta/ee-bindep.txt")
    steps = environment["additional_build_steps"]
    # without the stage of Galaxy its steps have no place; they are the same in the last one
    environment["additional_build_steps"] = {
        "prepend_base": ["RUN apt-get update"], "append_final": steps["append_galaxy"],
    }  # fmt: skip
    return environment


def _lines(path: str) -> list[str]:
    return [line for line in (ROOT / path).read_text().splitlines() if line and not line.startswith("#")]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("ee")
    (folder / "ee.yml").write_text(yaml.safe_dump(adapted()))
    # the definition names it by its place in the checkout
    shutil.copytree(ROOT / "build/tarball", folder / "build/tarball")
    run(
        "ansible-builder",
        "create",
        "-f",
        folder / "ee.yml",
        "-c",
        folder / "context",
        "--output-filename",
        "Containerfile",
    )
    build = ["podman", "build", "--no-cache", "--network=host", *pip_settings(folder), f"--tag={IMAGE}"]
    run(*build, "--file", folder / "context/Containerfile", folder / "context")
    return IMAGE


@pytest.fixture(scope="module")
def host(image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A host of the lab that takes a key over ssh; the folder with the key and the inventory."""
    folder = tmp_path_factory.mktemp("runner")
    folder.chmod(0o777)
    run("podman", "rm", "--force", "--ignore", HOST)
    options = ["--detach", "--systemd=always", "--cap-add=NET_ADMIN,SYS_ADMIN"]
    run("podman", "run", "--name", HOST, *options, BASE, "/lib/systemd/systemd")
    try:
        wait = ["podman", "exec", HOST, "systemctl", "is-system-running", "--wait"]
        subprocess.run(wait, check=False, capture_output=True)
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "key")
        # the environment's own user reads it
        run("chown", "1000", folder / "key")
        public = (folder / "key.pub").read_text()
        run("podman", "exec", "-i", HOST, "sh", "-ec", "mkdir -p /root/.ssh; cat > /root/.ssh/authorized_keys; "
            "systemctl start ssh firewalld", input=public)  # fmt: skip
        server = {"ansible_host": "127.0.0.1", "ansible_user": "root", "ansible_ssh_private_key_file": "/work/key",
                  "ansible_python_interpreter": "/usr/bin/python3"}  # fmt: skip
        groups = {"therefore_server": {"hosts": {"archive": server}}}
        variables = {"therefore_trusted_subnets": ["192.0.2.0/24"], "therefore_server_components": ["xml_service"]}
        (folder / "hosts.json").write_text(json.dumps({"all": {"children": groups, "vars": variables}}))
        yield folder
    finally:
        run("podman", "rm", "--force", "--time=0", HOST)


def play(folder: Path, playbook: str, **extra: Any) -> str:
    """Run it in the environment, in the host's network."""
    settings = [f"--env={name}={value}" for name, value in PLAIN.items()]
    command = ["ansible-playbook", "-i", "/work/hosts.json", f"therefore.firewall.{playbook}", "-e", json.dumps(extra)]
    place = ["--workdir=/work", f"--volume={folder}:/work", f"--network=container:{HOST}"]
    return run("podman", "run", "--rm", *place, *settings, IMAGE, *command)


def test_site_and_plan_over_ssh(host: Path) -> None:
    first = play(host, "plan", therefore_plan_file="/work/before.json")
    assert "to create" in first
    play(host, "site")
    again = play(host, "site")
    assert re.search(r"archive\s+: ok=\d+\s+changed=0\s+unreachable=0\s+failed=0", again)
    play(host, "plan", therefore_plan_file="/work/after.json", therefore_fail_on_drift=True)
    totals = json.loads((host / "after.json").read_text())["totals"]
    assert totals["create"] + totals["update"] + totals["delete"] == 0
    rules = run("podman", "exec", HOST, "firewall-cmd", "--policy=thf-server-in", "--list-rich-rules")
    assert "8000" in rules


def test_the_report_is_that_of_a_controller(host: Path, tmp_path: Path) -> None:
    play(host, "report", therefore_report_folder="/work/report")
    run("ansible-playbook", "-i", host / "hosts.json", "therefore.firewall.report", "-e",
        json.dumps({"therefore_report_folder": str(tmp_path / "report")}))  # fmt: skip
    there, here = (json.loads((one / "report/report.json").read_text()) for one in (host, tmp_path))
    assert there | {"created": None} == here | {"created": None}
    assert there["groups"]


def test_a_job_of_ansible_runner(host: Path) -> None:
    private = host / "job"
    (private / "inventory").mkdir(parents=True)
    (private / "inventory/hosts.json").write_text((host / "hosts.json").read_text())
    for path in (private, *private.rglob("*")):
        path.chmod(0o777)
    place = [f"--volume={host}:/work", f"--network=container:{HOST}"]
    settings = [f"--env={name}={value}" for name, value in PLAIN.items()]
    run("podman", "run", "--rm", *place, *settings, IMAGE, "ansible-runner", "run", "/work/job", "-p",
        "therefore.firewall.site", "--ident", "one")  # fmt: skip
    events = list((private / "artifacts/one/job_events").glob("*.json"))
    assert events
    # what a database of events is spared
    assert max(path.stat().st_size for path in events) <= 64 * 1024
    assert (private / "artifacts/one/rc").read_text() == "0"


def test_ansible_navigator_runs_it(host: Path) -> None:
    """From the folder with the inventory, which it mounts at the same place."""
    # it wants podman's machine to have this folder
    Path("/dev/mqueue").mkdir(exist_ok=True)
    inventory = json.loads((host / "hosts.json").read_text())
    archive = inventory["all"]["children"]["therefore_server"]["hosts"]["archive"]
    archive["ansible_ssh_private_key_file"] = str(host / "key")
    (host / "navigator.json").write_text(json.dumps(inventory))
    environment = ["--execution-environment-image", IMAGE, "--container-engine", "podman", "--pull-policy", "never"]
    place = [f"--container-options=--network=container:{HOST}", "--playbook-artifact-enable", "false"]
    variables = [word for one in PLAIN.items() for word in ("--set-environment-variable", "=".join(one))]
    # it hands these on, and the environment has places of its own
    own = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    said = run(
        "ansible-navigator", "run", "therefore.firewall.plan", "-i", host / "navigator.json", "--mode", "stdout",
        *environment, *place, *variables, "-e", json.dumps({"therefore_plan_file": str(host / "navigator-plan.json")}),
        cwd=host, env=own,
    )  # fmt: skip
    assert re.search(r"archive\s+: ok=\d+ .*failed=0", said)
    plan = json.loads((host / "navigator-plan.json").read_text())
    assert plan["hosts"][0]["status"] == json.loads((host / "after.json").read_text())["hosts"][0]["status"]
