# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run at a time on a host: the second waits for the first, or says who holds it up."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import lock
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.session import FirewalldError


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / lock.FILE_NAME)


def test_the_second_gives_up_and_names_the_first(path: str) -> None:
    with (
        lock.held(path),
        pytest.raises(FirewalldError, match=rf"process {os.getpid()} holds {path}.*nothing was changed"),
        lock.held(path, seconds=0),
    ):
        pass


def test_the_second_waits_for_the_first(path: str) -> None:
    order = []
    taken, released = threading.Event(), threading.Event()

    def first() -> None:
        with lock.held(path):
            taken.set()
            released.wait(10)
            order.append("first")

    other = threading.Thread(target=first)
    other.start()
    assert taken.wait(10)
    threading.Timer(2 * lock.POLL_SECONDS, released.set).start()
    with lock.held(path, seconds=10):
        order.append("second")
    other.join()
    assert order == ["first", "second"]


def test_it_is_let_go_of_after_an_error(path: str) -> None:
    with pytest.raises(KeyError), lock.held(path):
        raise KeyError(path)
    begin = time.monotonic()
    with lock.held(path, seconds=0):
        assert time.monotonic() - begin < 5


def test_a_longer_pid_of_somebody_before_leaves_nothing(path: str) -> None:
    Path(path).write_text("4194304 and more\n", encoding="ascii")
    with lock.held(path):
        assert Path(path).read_text(encoding="ascii") == f"{os.getpid()}\n"


def test_a_link_that_somebody_laid_there_is_not_followed(path: str, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious", encoding="ascii")
    Path(path).symlink_to(victim)
    with pytest.raises(FirewalldError, match="the lock file cannot be opened"), lock.held(path):
        pass
    assert victim.read_text(encoding="ascii") == "precious"


def test_what_is_not_ours_is_refused(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Path(path).touch()
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    with pytest.raises(FirewalldError, match=f"{path} is not a file of root's .*remove it"), lock.held(path):
        pass


@pytest.mark.parametrize(("user", "refused"), [(0, False), (1000, True)])
def test_only_root_takes_it(user: int, refused: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    if refused:
        with pytest.raises(FirewalldError, match=r"needs root on the host, and this is user [0-9]+; set become: true"):
            lock.default_path()
    else:
        assert lock.default_path() in {f"{folder}/{lock.FILE_NAME}" for folder in lock.FOLDERS}
