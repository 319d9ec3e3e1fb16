# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What reached the listener: the proof of arrival where the answer was lost."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

# beyond that somebody else is at it
MOST = 50000

Arrival = Tuple[str, int, str, int, Optional[str]]
NAMES = ("protocol", "port", "source", "source_port", "tag")


class Arrivals:
    """Connections and questions, each once."""

    def __init__(self) -> None:
        """Nothing has come yet."""
        self._kept: Dict[Arrival, None] = {}

    def keep(self, protocol: str, port: int, source: str, source_port: int, tag: Optional[str] = None) -> None:
        """Keep one; a TCP connection has a tag once it has said it."""
        if len(self._kept) < MOST:
            self._kept[protocol, port, source.partition("%")[0], source_port, tag] = None

    def as_list(self) -> List[Dict[str, Any]]:
        """All of them."""
        return [dict(zip(NAMES, one)) for one in self._kept]
