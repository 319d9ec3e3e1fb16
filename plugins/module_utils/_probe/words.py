# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a prober and a listener of ours say to each other, over TCP and over UDP alike.

The prober asks with the nonce of the run and a tag of the flow. The listener answers with the nonce and the address
under which it sees the prober, and keeps the tag. Over UDP it says less than it was asked: a tag is longer than an
address.
"""

from __future__ import annotations

import secrets
from typing import Optional

TAG_BYTES = 24
# longer than any answer
LONGEST = 256


def new_tag() -> str:
    """A tag for one flow."""
    return secrets.token_hex(TAG_BYTES)


def question(nonce: str, tag: str) -> bytes:
    """What our listener is asked."""
    return f"therefore-probe? {nonce} {tag}\n".encode()


def answer(nonce: str, seen_as: str) -> bytes:
    """What our listener says to somebody whom it sees under this address."""
    return f"therefore-probe {nonce} {seen_as.partition('%')[0]}\n".encode()


def short_answer(nonce: str) -> bytes:
    """What our listener says to somebody who asked without a tag."""
    return f"therefore-probe {nonce}\n".encode()


def tag_of(said: bytes, nonce: str) -> Optional[str]:
    """The tag of a question with this nonce, empty where there is none; None for anything else."""
    return _rest(said, f"therefore-probe? {nonce}")


def seen_as(said: bytes, nonce: str) -> Optional[str]:
    """The address in an answer with this nonce, empty where there is none; None for anything else."""
    return _rest(said, f"therefore-probe {nonce}")


def _rest(said: bytes, expected: str) -> Optional[str]:
    text = said.decode("ascii", "replace")
    if not text.endswith("\n") or not text.startswith(expected):
        return None
    rest = text[len(expected) : -1]
    return rest[1:] if rest.startswith(" ") else None if rest else ""
