# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A resolver that does not answer costs the limit once, whatever the number of names, and stands in nobody's way."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.module_utils._probe import names

ADDRESS = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.10", 0))]
LATE = "no answer from this host's resolver in 2 s"


class Resolver:
    """Answers names that begin with "good"; the others wait until it is let go."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.end = threading.Event()

    def __call__(self, host: str, *_arguments: Any, **_options: Any) -> list[Any]:
        self.asked[host] += 1
        if not host.startswith(("good", "192")):
            self.end.wait(60)
        return ADDRESS


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Resolver]:
    stand_in = Resolver()
    monkeypatch.setattr(names.socket, "getaddrinfo", stand_in)
    yield stand_in
    stand_in.end.set()


def test_dead_names_wait_together_and_the_others_are_there(resolver: Resolver) -> None:
    dead = [f"dead-{number}" for number in range(50)]
    # 50 after one another would take a minute and more, and here the last thread would still be waiting
    found = names.resolve_all(["good-1", *dead, "good-2", "192.0.2.7"], 2)
    assert not resolver.end.is_set()
    assert {found[name] for name in dead} == {LATE}
    assert found["good-1"] == found["good-2"] == [(socket.AF_INET, ("192.0.2.10", 0))]


def test_each_name_is_asked_once(resolver: Resolver) -> None:
    names.resolve_all(["good", "dead", "good", "dead", "good"], 2)
    assert resolver.asked == {"good": 1, "dead": 1}


def test_more_names_than_threads_are_all_asked(resolver: Resolver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "MOST_THREADS", 3)
    found = names.resolve_all([f"good-{number}" for number in range(8)], 5)
    assert len(found) == sum(resolver.asked.values()) == 8
    assert all(isinstance(answer, list) for answer in found.values())
