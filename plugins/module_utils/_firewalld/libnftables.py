# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""This process's one session with nf_tables, and what it lists, as JSON."""

from __future__ import annotations

import json as javascript
from contextlib import suppress
from functools import lru_cache
from typing import Any, Dict, List, Optional

try:
    import nftables
except ImportError:  # firewalld needs it unless it uses iptables
    nftables = None

# how often a listing is asked for that comes damaged
LOOKS = 3


def session(json: bool = False, terse: bool = False) -> Any:
    """This process's one session with nf_tables; none where there is none.

    With libnftables 0.9.8 the end of a session takes from every other one what they share, so that there is no second.

    Args:
        json: Whether it answers in JSON.
        terse: Whether it leaves out what is counted, and the elements of sets.
    """
    nft = _made()
    if nft:
        nft.set_json_output(json)
        nft.set_stateless_output(terse)
        with suppress(AttributeError):  # before 0.9.5
            nft.set_terse_output(terse)
    return nft


def leave() -> None:
    """Leave the session as it is, with what belongs to it, and have another one from now on."""
    _made.cache_clear()


@lru_cache(maxsize=None)
def _made() -> Any:
    with suppress(OSError):
        return nftables.Nftables() if nftables else None
    return None


def listed(command: str, terse: bool = False) -> Optional[List[Dict[str, Any]]]:
    """What a command lists; none where it cannot, above all because what it is about has gone meanwhile."""
    nft = session(json=True, terse=terse)
    for _look in range(LOOKS):
        code, output, _errors = nft.cmd(command) if nft else (1, "", "")
        if code or not output:
            return None
        # seen with 1.0.6: cut off in the middle, while a firewalld that starts makes its rules
        with suppress(ValueError):
            return list(javascript.loads(output)["nftables"])
    return None


def tables() -> Optional[List[Dict[str, Any]]]:
    """Family, name and flags of each table; none where that is not known."""
    found = listed("list tables")
    return None if found is None else [one["table"] for one in found if "table" in one]
