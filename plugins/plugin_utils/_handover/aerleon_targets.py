# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The firewalls for which Aerleon gets files, what each cannot have, and names that all of them accept.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from ansible_collections.therefore.firewall.plugins.module_utils._addresses import networks
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.perimeter import ANYBODY
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.shape import Crossing

# what no target takes for the end of a comment, a quote, a variable or a command
HARMFUL = re.compile(r"[^A-Za-z0-9 .,:;()/_+@=-]")
# the shortest that a target (nftables) allows for a comment is 128
COMMENT_LENGTH = 120
# Palo Alto allows 31 for a zone, and a number may follow
ZONE_LENGTH = 26
# words with a meaning of their own where a zone is named
RESERVED = frozenset({
    "all", "any", "global", "none", "multicast", "junos-host", "junos-global", "mixed", "inet", "inet6", "from-zone",
    "to-zone", "expresspath", "noverbose", "address-book-zone", "address-book-global", "addr-obj", "no-addr-obj",
})  # fmt: skip


class Target(NamedTuple):
    """A kind of firewall; C(platform) is Aerleon's word for it.

    C(versions) are those of IP for which Aerleon writes rules; C(names) and C(owner) say whether it takes host names as
    destinations, and the keyword owner.
    """

    name: str
    title: str
    platform: str
    versions: tuple[int, ...]
    names: bool
    owner: bool


TARGETS = (
    Target("ciscoasa", "Cisco ASA", "ciscoasa", (4,), False, True),
    Target("srx", "Juniper SRX", "srx", (4, 6), True, True),
    Target("paloalto", "Palo Alto", "paloalto", (4, 6), False, True),
    Target("nftables", "nftables", "nftables", (4, 6), False, False),
)


def of_version(texts: Iterable[str], version: int) -> list[str]:
    """The networks of one IP version that these addresses, networks and ranges are."""
    return [part for text in texts if _version(text) == version for part in _parts(text)]


def _version(text: str) -> int:
    return 6 if ":" in text else 4


@cache
def _parts(text: str) -> tuple[str, ...]:
    return tuple(map(str, networks(text)))


def versions(crossing: Crossing) -> list[int]:
    """The IP versions in which a crossing has both ends."""
    ends = [crossing["sources"], *([] if crossing["names"] else [crossing["destinations"]])]
    known = [{4, 6} if end == ANYBODY else {*map(_version, end)} for end in ends]
    return sorted(set.intersection(*known))


def usable_names(crossing: Crossing) -> list[str]:
    """The host names that Aerleon accepts: those with a dot."""
    return [name for name in crossing["destinations"] if "." in name] if crossing["names"] else []


def lacks(target: Target, crossing: Crossing) -> Iterator[str]:
    """What of a crossing is not in the files for a target, and why."""
    if crossing["names"]:
        if not target.names:
            yield "Aerleon takes no host names for it"
        elif missing := sorted({*crossing["destinations"]} - {*usable_names(crossing)}):
            yield f"Aerleon takes no host name without a dot ({', '.join(missing)})"
    elif any(version not in target.versions for version in versions(crossing)):
        yield "its IPv6 part: Aerleon writes only IPv4 for it"


def comment(text: str) -> str:
    """A text that is harmless and short enough as a comment of any target."""
    decomposed = unicodedata.normalize("NFKD", " ".join(text.replace("–", "-").split()))
    ascii_only = "".join(one for one in decomposed if not unicodedata.combining(one))
    return HARMFUL.sub("_", ascii_only)[:COMMENT_LENGTH].strip()


def keyword(text: str) -> str:
    """A text as one word, as Aerleon wants an owner to be."""
    return re.sub(r"[^A-Za-z0-9.@+/_-]+", "_", comment(text)).strip(".@+/_-")


def zone_names(names: Iterable[str]) -> dict[str, str]:
    """A zone for each network: its name, as far as a zone may be called so, and no two the same."""
    taken: set[str] = {*RESERVED}
    zones: dict[str, str] = {}
    for name in names:
        word = re.sub(r"[^A-Za-z0-9]+", "-", comment(name)).strip("-")
        word = word if re.match(r"[A-Za-z]", word) else f"net-{word}".strip("-")
        word = word[:ZONE_LENGTH].rstrip("-")
        zone, number = word, 1
        while zone.lower() in taken:
            number += 1
            zone = f"{word}-{number}"
        taken.add(zone.lower())
        zones[name] = zone
    return zones
