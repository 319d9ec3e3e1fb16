# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What looks on while probes come: what arrives, and what this host's firewall decides about it."""

from __future__ import annotations

from typing import Any, List, Mapping, NamedTuple, Optional, Sequence

from ansible_collections.therefore.firewall.plugins.module_utils._probe import sightings, trace


class Watch(NamedTuple):
    """What looks on beside the sockets, as far as this user may."""

    sightings: Optional[sightings.Sightings] = None
    trace: Optional[trace.Trace] = None

    def descriptors(self) -> List[int]:
        """What has to stay open in the process that goes on with it."""
        seen = self.sightings.descriptors() if self.sightings else []
        return seen + (self.trace.descriptors() if self.trace else [])

    def close(self) -> None:
        """Let go of it; whoever goes on with it goes on."""
        if self.sightings:
            self.sightings.close()
        if self.trace:
            self.trace.close()


def watch(ports: Sequence[Mapping[str, Any]], explain: bool) -> Watch:
    """Look on what comes for these ports, and (C(explain)) have the firewall tell what it decides."""
    return Watch(sightings.watch(ports), trace.start(trace.IN, ports) if explain else None)
