# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The flow diagram: networks side by side, those on premises and those online apart, and an arrow for what crosses.

Every arrow has a line of its own, so that labels cannot lie on each other. Sizes are in pixels; the template
report_diagram.svg.j2 only draws. Pure: no Ansible, no I/O.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.segments import INTERNET, ONLINE
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.crossings import ports_between
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.page.summary import counted
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.parties import OTHERS
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.shape import ReportDocument, Segment

MARGIN, TOP = 16, 46
LINE, PADDING = 17, 14
# how wide a character is at most
CHARACTER = 7.0
NETWORKS = 3
# of a long name the first lines; its letters are bold, and wider
NAME_LINES, BOLD = 3, 3
# more boxes than a reader can follow: those that nothing reaches or leaves are left out, then there is the table only
READABLE, DRAWABLE, ARROWS = 8, 16, 80
# as wide a drawing may be made smaller to fit the window; a wider one is scrolled
SHRINKABLE = 1400


class Size(NamedTuple):
    """The width of a box and of the gap beside it, and how many letters are in a line of a box."""

    box: int
    gap: int
    letters: int


ROOMY, NARROW = Size(168, 32, 20), Size(144, 12, 17)
FEW = 6


class Text(NamedTuple):
    """A line of text, where its left or middle and its base line are."""

    x: float
    y: float
    text: str


class Box(NamedTuple):
    """A network, with its life line."""

    x: float
    middle: float
    online: bool
    name: list[Text]
    full_name: str
    description: str
    details: list[Text]


class Frame(NamedTuple):
    """What is on premises, or online."""

    x: float
    width: float
    title: str
    online: bool


class Arrow(NamedTuple):
    """What crosses: from where to where, at which height, with its label."""

    start: float
    end: float
    y: float
    description: str
    label: list[Text]
    label_x: float
    label_y: float
    label_width: float
    label_height: float


class Diagram(NamedTuple):
    """The drawing, or why there is none; one that C(shrinks) stays readable when it is made smaller."""

    width: float
    height: float
    shrinks: bool
    box_y: float
    box_height: float
    box_width: float
    frames: list[Frame]
    boxes: list[Box]
    arrows: list[Arrow]
    description: str
    instead: str


def diagram(report: ReportDocument) -> Diagram:
    """The drawing of what crosses networks."""
    flows = ports_between(one for one in report["crossings"] if one["source"] != one["to"])
    segments = _shown(report, flows)
    description = "; ".join(f"{source} to {to}: {', '.join(lines)}" for (source, to), lines in flows.items())
    if not flows:
        return _none("Nothing crosses networks, as far as the inventory knows them.")
    if len(segments) > DRAWABLE or len(flows) > ARROWS:
        return _none(f"{len(segments)} networks and {len(flows)} flows between them are too many to draw.")
    size = ROOMY if len(segments) <= FEW else NARROW
    details = [_details(segment, report, size.letters) for segment in segments]
    names = [_wrapped(segment["name"], size.letters - BOLD, NAME_LINES) for segment in segments]
    under = max(map(len, names))
    box_height = PADDING * 2 + 6 + LINE * (under + max(map(len, details)))
    lefts = _lefts(segments, size)
    boxes = [_box(*one, under, size) for one in zip(segments, lefts, names, details, strict=True)]
    arrows = _arrows(flows, {box.full_name: box.middle for box in boxes}, TOP + box_height + 26)
    width = lefts[-1] + size.box + 2 * MARGIN
    return Diagram(
        width=width, height=arrows[-1].y + 40, shrinks=width <= SHRINKABLE, box_y=TOP, box_height=box_height,
        box_width=size.box, frames=_frames(boxes, size), boxes=boxes, arrows=arrows, description=description,
        instead="",
    )  # fmt: skip


def _none(instead: str) -> Diagram:
    return Diagram(0, 0, False, 0, 0, 0, [], [], [], "", instead)


def _is_online(name: str) -> bool:
    return name in (ONLINE, INTERNET)


def _shown(report: ReportDocument, flows: Iterable[tuple[str, str]]) -> list[Segment]:
    """The networks in their order, those online last."""
    crossing = {name: None for pair in flows for name in pair}
    known = {segment["name"]: segment for segment in report["segments"]}
    for name in crossing:
        known.setdefault(name, {"name": name, "networks": [], "groups": []})
    if len(known) > READABLE:
        known = {name: segment for name, segment in known.items() if name in crossing}
    return sorted(known.values(), key=lambda segment: _is_online(segment["name"]))


def _lefts(segments: Sequence[Segment], size: Size) -> list[float]:
    """Where the boxes begin; there is more room between the two worlds."""
    steps = [float(MARGIN * 2)]
    for left, right in pairwise(segments):
        apart = _is_online(left["name"]) != _is_online(right["name"])
        steps.append(size.box + size.gap + (MARGIN * 2 if apart else 0))
    return list(accumulate(steps))


def _box(segment: Segment, x: float, names: Sequence[str], details: Sequence[str], under: int, size: Size) -> Box:
    """A box; its details begin under the longest name of any."""
    left, top = x + PADDING - 2, TOP + PADDING + 12
    return Box(
        x, x + size.box / 2, _is_online(segment["name"]),
        [Text(left, top + LINE * number, text) for number, text in enumerate(names)],
        segment["name"], ", ".join([segment["name"], *segment["networks"]]),
        [Text(left, top + 4 + LINE * number, text) for number, text in enumerate(details, start=under)],
    )  # fmt: skip


def _details(segment: Segment, report: ReportDocument, letters: int) -> list[str]:
    """The networks of a box, and who is there."""
    members = [group for group in report["groups"] if group["id"] in segment["groups"]]
    known = segment["networks"] or [address for group in members for address in group["addresses"]]
    networks = [_short(text, letters) for text in known[:NETWORKS]]
    if len(known) > NETWORKS:
        networks.append(f"and {len(known) - NETWORKS} more")
    hosts = sum(len(group["hosts"]) for group in members)
    named = (group for group in members if not group["hosts"] and group["kind"] != OTHERS)
    others = [group["title"] for group in named if group["title"] != segment["name"]]
    people = [*([counted(hosts, "host")] if hosts else []), *others]
    return [*networks, *(line for text in people[:NETWORKS] for line in _wrapped(text, letters, 2))]


def _plain(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _short(text: str, letters: int) -> str:
    plain = _plain(text)
    return plain if len(plain) <= letters else f"{plain[: letters - 1]}…"


def _wrapped(text: str, letters: int, lines: int) -> list[str]:
    """A name in so many lines at most, which end between words where they can."""
    return textwrap.wrap(_plain(text), letters, max_lines=lines, placeholder="…") or [""]


def _arrows(flows: Mapping[tuple[str, str], Sequence[str]], middles: Mapping[str, float], top: float) -> list[Arrow]:
    arrows = []
    for (source, to), texts in flows.items():
        start, end = middles[source], middles[to]
        letters = int((abs(end - start) - 44) / CHARACTER)
        lines = [line for text in texts for line in textwrap.wrap(text, letters, subsequent_indent="  ")]
        y = top + LINE * len(lines) + 8
        arrows.append(_arrow(start, end, y, f"{source} to {to}: {', '.join(texts)}", lines))
        top = y + 20
    return arrows


def _arrow(start: float, end: float, y: float, description: str, lines: Sequence[str]) -> Arrow:
    middle = (start + end) / 2
    width = CHARACTER * max(map(len, lines)) + 12
    label = [Text(middle, y - 9 - LINE * (len(lines) - number), line) for number, line in enumerate(lines, start=1)]
    return Arrow(
        start, end, y, description, label, middle - width / 2, y - 8 - LINE * len(lines), width, LINE * len(lines) + 2
    )


def _frames(boxes: Sequence[Box], size: Size) -> list[Frame]:
    frames = []
    for online, title in ((False, "On premises"), (True, "Online")):
        inside = [box for box in boxes if box.online is online]
        if inside:
            x = inside[0].x - MARGIN
            frames.append(Frame(x, inside[-1].x + size.box + MARGIN - x, title, online))
    return frames
