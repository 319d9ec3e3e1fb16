# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs on managed hosts is Python 3.7: each Python from there on that is on this machine compiles it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml
from collection import ROOT

REQUIRED = (3, 7)
ON_HOSTS = [
    str(path) for part in ("modules", "module_utils") for path in sorted((ROOT / "plugins" / part).rglob("*.py"))
]
PLACES = ["/usr/bin", "/usr/local/bin", "/usr/libexec", str(Path.home() / ".pyenv/versions/*/bin"), "/opt/python/*/bin"]
# a program that compiles and leaves nothing behind
COMPILE = "import sys; [compile(open(one, encoding='utf-8').read(), one, 'exec') for one in sys.argv[1:]]"


def pythons() -> dict[tuple[int, int], str]:
    """A program for each version of Python 3 that is on this machine."""
    found = {}
    for place in PLACES:
        for path in Path("/").glob(f"{place[1:]}/python3.*"):
            version = re.fullmatch(r"python3\.([0-9]+)", path.name)
            if version:
                found[3, int(version[1])] = str(path)
    return found


@pytest.mark.parametrize("version", sorted(one for one in pythons() if one >= REQUIRED))
def test_it_compiles(version: tuple[int, int]) -> None:
    ran = subprocess.run([pythons()[version], "-c", COMPILE, *ON_HOSTS], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_there_is_something_to_compile_and_to_compile_it_with() -> None:
    assert len(ON_HOSTS) > 30
    assert pythons()


def test_the_version_is_the_one_that_is_said() -> None:
    said = yaml.safe_load((ROOT / "tests/config.yml").read_text())["modules"]["python_requires"]
    assert said == ">=3.7"
    assert "Python 3.7 or newer" in (ROOT / "README.md").read_text()
    for module in ("firewalld_ruleset", "firewalld_guard", "port_probe"):
        assert "Python 3.7 or newer" in (ROOT / f"plugins/modules/{module}.py").read_text()
