# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is compiled once for many runs of a module, where the variable SIMULATION_COMPILED names a folder for it.

Ansible compiles the C# of Ansible.Basic anew in every run of a module: more work than all the rest of most runs. Each
run stays a process of its own, as on a host; only text that was compiled before is not compiled again. Without the
variable everything is as Ansible does it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

VARIABLE = "SIMULATION_COMPILED"
UTIL = "Ansible.ModuleUtils.AddType.psm1"
BRANCH = "    if ($is_coreclr) {\n"
LOADED = "            $compiled_assembly = [System.Runtime.Loader.AssemblyLoadContext]::Default.LoadFromStream("
# the key has all that the compiler is given; symbols tell one system from another
LOOK = """\
    $everything = @($References) + $defined_symbols + [string]$IgnoreWarnings + [string]$PSVersionTable.PSVersion
    $bytes = [System.Text.Encoding]::UTF8.GetBytes($everything -join "`n")
    $key = [System.Convert]::ToHexString([System.Security.Cryptography.SHA256]::HashData($bytes))
    $kept = [System.IO.Path]::Combine('@FOLDER@', "$key.dll")
    if ([System.IO.File]::Exists($kept)) {
        $code_ms = [System.IO.MemoryStream]::new([System.IO.File]::ReadAllBytes($kept))
        $compiled_assembly = [System.Runtime.Loader.AssemblyLoadContext]::Default.LoadFromStream($code_ms)
        foreach ($match in $type_pattern.Matches($References -join "`n")) {
            $type_accelerators.Add(@{Name = $match.Groups["Name"].Value; TypeName = $match.Groups["TypeName"].Value })
        }
    }
    elseif ($is_coreclr) {
"""
# under its name only when it is whole: another run may look for it
KEEP = """\
            [System.IO.File]::WriteAllBytes("$kept.$PID", $code_ms.ToArray())
            [System.IO.File]::Move("$kept.$PID", $kept, $true)
"""


def keeping() -> Path | None:
    """The folder for what was compiled, if there is to be one."""
    if not os.environ.get(VARIABLE):
        return None
    folder = Path(os.environ[VARIABLE]).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def once(library: Path, sources: Iterable[Path], compiler: str, compile_now: Callable[[], None]) -> None:
    """The library of these sources: compiled now, or a copy of what this compiler made of them before."""
    folder = keeping()
    text = b"".join([compiler.encode(), *(path.read_bytes() for path in sources)])
    kept = folder / f"{hashlib.sha256(text).hexdigest()}.dll" if folder else None
    if kept and kept.exists():
        shutil.copyfile(kept, library)
    compile_now()
    if kept and not kept.exists():
        shutil.copyfile(library, kept)


def write_util(target: Path, ansible: Path) -> None:
    """Ansible's util that compiles C#, with a look at what is kept, in a folder for ANSIBLE_MODULE_UTILS."""
    shutil.rmtree(target, ignore_errors=True)
    folder = keeping()
    if not folder:
        return
    text = (ansible / "module_utils/powershell" / UTIL).read_text()
    if (text.count(BRANCH), text.count(LOADED)) != (1, 1):
        raise RuntimeError(f"tests/windows/compiled.py does not fit this Ansible's {UTIL}; unset {VARIABLE}")
    target.mkdir(parents=True)
    text = text.replace(BRANCH, LOOK.replace("@FOLDER@", str(folder))).replace(LOADED, KEEP + LOADED)
    (target / UTIL).write_text(text)
