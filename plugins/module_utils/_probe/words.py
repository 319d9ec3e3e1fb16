# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a prober and a listener of ours say to each other, over TCP and over UDP alike.

The prober asks with the nonce of the run and a tag of the flow. The listener answers with the nonce and the address
under which it sees the prober, and keeps the tag. Over UDP it says less than it was asked: a tag is longer than an
address. Where the asked host has a name, both write more than the nonce: a listener of another host or port writes
something else.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Optional

TAG_BYTES = 24
# longer than any answer
LONGEST = 256
# enough to tell listeners apart
NAME_DIGITS = 8
ANOTHER = "a listener of this run answered, and it is that of another port or host"

SMALLER_MTU = "as when the MTU of a tunnel on the way is smaller than both ends believe, and ICMP is filtered"
LOST_COMING = f"small packets pass, and large ones from the listener do not arrive, {SMALLER_MTU}"
LOST_GOING = f"small packets pass, and large ones to the listener do not arrive, {SMALLER_MTU}"
LOST = (LOST_COMING, LOST_GOING)


def own(nonce: str, name: Optional[str], protocol: str, port: int) -> str:
    """What stands for the nonce on this port of the host of this name."""
    told = f"{name} {protocol} {port}".encode()
    return nonce + hashlib.sha256(told).hexdigest()[:NAME_DIGITS] if name else nonce


def new_tag() -> str:
    """A tag for one flow."""
    return secrets.token_hex(TAG_BYTES)


def question(nonce: str, tag: str) -> bytes:
    """What our listener is asked."""
    return f"therefore-probe? {nonce} {tag}\n".encode()


def answer(nonce: str, seen_as: str) -> bytes:
    """What our listener says to somebody whom it sees under this address."""
    return f"therefore-probe {nonce} {seen_as.partition('%')[0]}\n".encode()


def is_of_run(said: bytes, nonce: str) -> bool:
    """Whether a listener of this run said it, of whatever host and port."""
    return said.decode("ascii", "replace").startswith(f"therefore-probe {nonce}")


def short_answer(nonce: str) -> bytes:
    """What our listener says to somebody who asked without a tag."""
    return f"therefore-probe {nonce}\n".encode()


def tag_of(said: bytes, nonce: str, name: Optional[str], protocol: str, port: int) -> Optional[str]:
    """The tag of a question for this listener, empty where there is none; None for anything else. A listener without a
    name takes questions for whatever host."""
    wanted = own(nonce, name, protocol, port) if name else f"{nonce}(?:[0-9a-f]{{{NAME_DIGITS}}})?"
    return _rest(said, rf"therefore-probe\? {wanted}")


def seen_as(said: bytes, nonce: str, own_nonce: Optional[str] = None) -> Optional[str]:
    """The address in an answer with this nonce, empty where there is none; None for anything else. A listener that was
    given no name counts as the one that was asked for."""
    return _rest(said, f"therefore-probe (?:{nonce}|{own_nonce or nonce})")


def _rest(said: bytes, expected: str) -> Optional[str]:
    found = re.fullmatch(f"{expected}(?: ([^\n]*))?\n", said.decode("ascii", "replace"))
    return (found[1] or "") if found else None
