# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a folder with simulated Windows hosts: collections, inventory, and a store for each host.

The collections ansible.windows and community.windows are copied as they are installed, ours from the checkout; the
stand-in goes into the copies of the modules that talk to the firewall, and nowhere else. Prints the variables that
Ansible needs. Nothing outside the folder is changed; run it again to start again.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml
from compiled import once, write_util
from hosts import stores

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
OURS = ("therefore", "firewall")
MODULES = {
    # the older community.windows has win_firewall, the newer ansible.windows
    ("ansible", "windows"): ["win_firewall"],
    ("community", "windows"): ["win_firewall_rule", "win_firewall"],
    OURS: ["win_firewall_guard", "win_firewall_rule_info", "win_firewall_rules", "win_firewall_selftest"],
}

# ansible-core 2.19 calls PowerShell by this name. The input goes through a file: Microsoft's own build on Linux waits
# for ever when its input is a pipe and the console's encoding is set.
WRAPPER = """\
#!/bin/sh
input=$(mktemp) && trap 'rm -f "$input"' EXIT && cat >"$input"
POWERSHELL_TELEMETRY_OPTOUT=1 POWERSHELL_UPDATECHECK=Off {pwsh} "$@" <"$input"
"""


class NoEngineError(Exception):
    """There is no PowerShell to simulate with."""


@dataclass(frozen=True)
class Simulation:
    """A folder with simulated hosts."""

    folder: Path

    @property
    def inventory(self) -> Path:
        return self.folder / "inventory.yml"

    @property
    def module_utils(self) -> Path:
        return self.folder / "module_utils"

    @property
    def environment(self) -> dict[str, str]:
        """What Ansible needs to be told."""
        utils = {"ANSIBLE_MODULE_UTILS": str(self.module_utils)} if self.module_utils.exists() else {}
        return utils | {
            "ANSIBLE_COLLECTIONS_PATH": str(self.folder / "collections"),
            "ANSIBLE_INVENTORY": str(self.inventory),
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        }

    def store_file(self, host: str) -> Path:
        return self.folder / "hosts" / host / "store.json"

    def store(self, host: str) -> dict[str, Any]:
        """What the host has now."""
        content: dict[str, Any] = json.loads(self.store_file(host).read_text())
        return content


def engine() -> str:
    """The PowerShell of the variable PWSH or of PATH."""
    found = os.environ.get("PWSH") or shutil.which("pwsh")
    if not found:
        raise NoEngineError("no PowerShell engine: put pwsh on PATH, or name it in the variable PWSH")
    return found


def simulate(folder: Path, keep_stores: bool = False) -> Simulation:
    """Fill the folder. What it holds of an earlier simulation is replaced, the stores only unless kept."""
    pwsh = engine()
    simulation = Simulation(folder.resolve())
    library = simulation.folder / "stand_in.dll"
    names = list(stores())
    fresh = [] if keep_stores and simulation.inventory.exists() else names
    _engine_commands(simulation.folder / "bin", pwsh)
    for host in fresh:
        simulation.store_file(host).parent.mkdir(parents=True, exist_ok=True)
        simulation.store_file(host).write_text(json.dumps(stores()[host]))
    build(pwsh, library, [simulation.store_file(host) for host in fresh])
    write_util(simulation.module_utils, Path(_installed()[0]).with_name("ansible"))
    for collection, modules in MODULES.items():
        _copy(collection, simulation.folder / "collections", modules, library)
    simulation.inventory.write_text(yaml.safe_dump(_inventory(simulation, names), sort_keys=False))
    return simulation


def _engine_commands(folder: Path, pwsh: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("PowerShell", "pwsh"):
        (folder / name).write_text(WRAPPER.format(pwsh=os.path.abspath(pwsh)))
        (folder / name).chmod(0o755)


def build(pwsh: str, library: Path, files: list[Path]) -> None:
    """Compile the stand-in. The stores are rewritten as Windows would write them, or refused."""
    command = [pwsh, "-NoProfile", "-NonInteractive", "-File", HERE / "stand_in/build.ps1", library, *files]

    def compile_now() -> None:
        result = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
        if result.returncode or result.stderr or not library.exists():
            raise RuntimeError(f"{pwsh} could not build the stand-in: {result.stdout}{result.stderr}")

    library.unlink(missing_ok=True)
    once(library, sorted((HERE / "stand_in").glob("*.cs")), os.path.realpath(pwsh), compile_now)


def _copy(collection: tuple[str, str], collections: Path, modules: list[str], library: Path) -> None:
    target = collections / "ansible_collections" / collection[0] / collection[1]
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(_source(collection), target, ignore=shutil.ignore_patterns(".git", "tests", "docs", "__pycache__"))
    for path in (target / "plugins/modules" / f"{module}.ps1" for module in modules):
        if not path.exists():
            continue
        path.write_text(with_stand_in(path.read_text(), library))


def _source(collection: tuple[str, str]) -> Path:
    if collection == OURS:
        in_tree = ROOT.parent.parent.name == "ansible_collections"
        return ROOT if in_tree else ROOT / "build/ansible_collections/therefore/firewall"
    for place in _installed():
        path = Path(place, *collection)
        if (path / "plugins/modules").is_dir():
            return path
    raise RuntimeError(f"the collection {'.'.join(collection)} is not installed with this Python's ansible")


def _installed() -> list[str]:
    """Where collections lie that came with the ansible-playbook on PATH, then those with this Python's Ansible."""
    command = shutil.which("ansible-playbook")
    folders = Path(command).parents[1].glob("lib/python*/site-packages/ansible_collections") if command else []
    spec = find_spec("ansible_collections")
    return [*map(str, folders), *((spec.submodule_search_locations if spec else None) or [])]


def profiles_module() -> str:
    """The module that turns profiles on and off, where these collections have it."""
    here = (_source(("ansible", "windows")) / "plugins/modules/win_firewall.ps1").exists()
    return f"{'ansible' if here else 'community'}.windows.win_firewall"


def with_stand_in(module: str, library: Path) -> str:
    """The module's text with the stand-in after its requirements."""
    lines = module.splitlines()
    at = max(i for i, line in enumerate(lines) if line.startswith(("#Requires", "#AnsibleRequires"))) + 1
    prelude = _prelude(library).read_text()
    return "\n".join([*lines[:at], *prelude.splitlines(), *lines[at:]]) + "\n"


def _prelude(library: Path) -> Path:
    """The stand-in's part in PowerShell beside its library, where a process that a module starts finds it."""
    path = library.with_name("prelude.ps1")
    text = (HERE / "stand_in/prelude.ps1").read_text()
    path.write_text(text.replace("@LIBRARY@", str(library)).replace("@PRELUDE@", str(path)))
    return path


def _inventory(simulation: Simulation, names: list[str]) -> dict[str, Any]:
    hosts = {name: {"ansible_remote_tmp": str(simulation.store_file(name).parent)} for name in names}
    settings = {
        "ansible_connection": "local",
        "ansible_shell_type": "powershell",
        "ansible_pipelining": True,
        "ansible_pwsh_interpreter": str(simulation.folder / "bin/pwsh"),
    }
    return {"all": {"children": {"simulated_windows": {"hosts": hosts, "vars": settings}}}}


def main() -> int:
    """Fill the folder, print the variables."""
    parser = argparse.ArgumentParser(prog="simulate", description=__doc__)
    parser.add_argument("folder", metavar="DIR", type=Path, help="folder for collections, inventory and stores")
    parser.add_argument("--keep-stores", action="store_true", help="keep what the hosts have, renew the rest")
    options = parser.parse_args()
    try:
        simulation = simulate(options.folder, options.keep_stores)
    except (NoEngineError, RuntimeError) as error:
        print(f"simulate: {error}", file=sys.stderr)
        return 1
    for name, value in simulation.environment.items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
