# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is there when the time is over counts, on each Python that is on this machine: asyncio.wait_for drops it since
Python 3.12.
"""

from __future__ import annotations

import subprocess

import pytest
from collection import ROOT
from test_python_on_hosts import REQUIRED, pythons

WAITING = ROOT / "plugins/module_utils/_probe/waiting.py"
# the loop is busy until long after the time is over, and then finds the answer and the end of the time at once
PROGRAM = """
import asyncio, importlib.util, socket, sys, time

spec = importlib.util.spec_from_file_location("waiting", sys.argv[1])
waiting = importlib.util.module_from_spec(spec)
spec.loader.exec_module(waiting)


async def main():
    loop = asyncio.get_running_loop()
    found = []
    for _number in range(20):
        here, there = socket.socketpair()
        here.setblocking(False)
        loop.call_soon(lambda: (there.send(b"x"), time.sleep(0.02)))
        if sys.argv[2] == "readable":
            await waiting.readable(here, 0.001)
            found.append(here.recv(1))
        else:
            found.append(await waiting.within(0.001, loop.sock_recv(here, 1)))
    return found


print(asyncio.run(main()) == [b"x"] * 20)
"""
NEWER = (3, 12)


@pytest.mark.parametrize("way", ["readable", "within"])
@pytest.mark.parametrize("version", sorted(one for one in pythons() if one >= REQUIRED))
def test_what_is_there_when_the_time_is_over_counts(version: tuple[int, int], way: str) -> None:
    command = [pythons()[version], "-c", PROGRAM, str(WAITING), way]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.stdout, ran.stderr) == ("True\n", "")


def test_a_python_that_would_drop_it_is_among_them() -> None:
    if max(pythons()) < NEWER:
        pytest.skip("no Python 3.12 or newer on this machine (pyenv has them)")
