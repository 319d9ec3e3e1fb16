# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether firewalld can load what is stored, tried by its own code before it is told to reload.

firewalld's own check misses much of what makes a reload fail, and a firewalld whose reload failed filters nothing. So
a child process that has a network of its own, with no interfaces and no rules, loads a copy of /etc/firewalld there.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import re
import select
import shutil
import signal
import tempfile
import time
from contextlib import suppress
from functools import lru_cache
from typing import Any, Callable, Iterator, List, NamedTuple, Optional

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.refusals import Finding, refusal

STORED = "/etc/firewalld"
CLONE_NEWNET = 0x40000000
# one that takes longer says nothing
TRY_SECONDS = 60.0
# how long to look for the file that is to blame
SEARCH_SECONDS = 20.0
AT_MOST = 200
ENTRY = re.compile(r"<entry>[^<]*</entry>")
# its devices are not there where it is tried
FLOWTABLE = re.compile(r"^\s*NftablesFlowtable\s*=.*$", re.MULTILINE)


class Trouble(NamedTuple):
    """What firewalld says, and the file that makes it say so, where one alone does."""

    said: str
    path: str

    def sentence(self) -> str:
        """What is wrong, and what to do."""
        where = f"in {self.path}" if self.path else f"below {STORED}"
        return (
            f"firewalld cannot load what is stored {where} ({self.said}): correct that, see firewall-cmd "
            "--check-config and the journal of firewalld"
        )

    def refusal(self) -> Finding:
        """The finding, and the error, of a change that needs firewalld to load what is stored."""
        message = f"{self.sentence()}, then run again; a reload, which these changes need, would leave the host open"
        return refusal(self.path or STORED, message)


def trouble(without: str = "", direct: bool = True) -> Optional[Trouble]:
    """What keeps firewalld from loading what is stored, as far as that can be tried.

    C(without) leaves out the files of a set of ours, given by its prefix. C(direct) takes the direct rules along: they
    may need what others put into the kernel, which is not there where it is tried.
    """
    if not _code():
        return None
    with tempfile.TemporaryDirectory(prefix="therefore-firewall-") as folder:
        copy = f"{folder}/firewalld"
        try:
            _copy(copy, without, direct)
        except shutil.Error as error:
            # a link to a file that is not there: firewalld cannot read it either
            path, _to, said = error.args[0][0]
            return Trouble(said.partition(": ")[0], path)
        except OSError:
            return None
        said = _try(copy)
        # where firewalld's own configuration cannot be loaded either, it is not what is stored that is to blame
        if not said or _try(_stock(copy, f"{folder}/stock")):
            return None
        return Trouble(said, _blamed(copy))


def _copy(folder: str, without: str, direct: bool) -> None:
    def left_out(_folder: str, names: List[str]) -> List[str]:
        return [
            name for name in names
            if (without and name.startswith(without)) or (name == "direct.xml" and not direct)
        ]  # fmt: skip

    shutil.copytree(STORED, folder, ignore=left_out)
    with suppress(FileNotFoundError):
        _edit(f"{folder}/firewalld.conf", FLOWTABLE, "NftablesFlowtable=off")


def _stock(copy: str, folder: str) -> str:
    """A folder with nothing but the settings of firewalld itself."""
    os.mkdir(folder)
    with suppress(FileNotFoundError):
        shutil.copy(f"{copy}/firewalld.conf", folder)
    return folder


def _blamed(copy: str) -> str:
    """The file without which all the others can be loaded; none where there are several, or time runs out."""
    deadline = time.monotonic() + SEARCH_SECONDS
    for path in _newest_first(copy):
        if time.monotonic() > deadline:
            break
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            text = file.read()
        loads = any(not _try_without(copy, path, take_out) for take_out in _ways_out(path))
        with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
        if loads:
            return STORED + path[len(copy) :]
    return ""


def _newest_first(folder: str) -> Iterator[str]:
    # as copied: what somebody changed last is most likely to blame
    found = [os.path.join(where, name) for where, _folders, names in os.walk(folder) for name in names]
    return iter(sorted((path for path in found if path.endswith(".xml")), key=os.path.getmtime, reverse=True))


def _ways_out(path: str) -> List[Callable[[str], None]]:
    """How to leave out what a file says: an ipset, which others may name, first without its entries."""
    whole: List[Callable[[str], None]] = [os.unlink]
    return [_empty, *whole] if os.path.basename(os.path.dirname(path)) == "ipsets" else whole


def _empty(path: str) -> None:
    _edit(path, ENTRY, "")


def _try_without(copy: str, path: str, take_out: Callable[[str], None]) -> str:
    take_out(path)
    return _try(copy)


def _edit(path: str, pattern: re.Pattern[str], by: str) -> None:
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        text = file.read()
    with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(pattern.sub(by, text))


def _try(folder: str) -> str:
    """What firewalld's code says when it cannot load this folder; nothing where it can, or cannot be asked."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _load_and_end(folder, writing)
    os.close(writing)
    try:
        return _answer(reading)
    finally:
        os.close(reading)
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _answer(reading: int) -> str:
    found = b""
    deadline = time.monotonic() + TRY_SECONDS
    while select.select([reading], [], [], max(0.0, deadline - time.monotonic()))[0]:
        part = os.read(reading, 4096)
        if not part:
            return " ".join(found.decode(errors="replace").split())
        found += part
    return ""


def _load_and_end(folder: str, writing: int) -> None:
    """The child: nothing of the process that it was copied from may go on in it."""
    said = ""
    try:
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        said = _load(folder)
    finally:
        os.write(writing, said.encode(errors="replace"))
        os._exit(0)


def _load(folder: str) -> str:
    if ctypes.CDLL(None).unshare(CLONE_NEWNET):
        return ""
    config, code, checks = _code()
    config.set_system_config_paths(folder)
    firewall = code.Firewall()
    try:
        firewall._start()
        checks.check_on_disk_config(firewall)
    except Exception as error:  # whatever ends it would end the reload
        return str(error).partition("JSON blob")[0][:AT_MOST].replace(folder, STORED) or type(error).__name__
    return ""


@lru_cache(maxsize=None)
def _code() -> List[Any]:
    """firewalld's own code, loaded once for all children; nothing where it is not there.

    Only here, for to import it takes longer than all that the module does on a host that is right.
    """
    try:
        return [
            importlib.import_module(name)
            for name in ("firewall.config", "firewall.core.fw", "firewall.core.io.functions")
        ]
    except ImportError:
        return []
