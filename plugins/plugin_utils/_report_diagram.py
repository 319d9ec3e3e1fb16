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

from ansible_collections.therefore.firewall.plugins.plugin_utils._report import Crossing, ReportDocument, Segment
from ansible_collections.therefore.firewall.plugins.plugin_utils._report_html_summary import counted
from ansible_collections.therefore.firewall.plugins.plugin_utils._segments import INTERNET, ONLINE

BOX, GAP, MARGIN, TOP = 168, 32, 16, 46
LINE, PADDING = 17, 14
# how wide a character is at most, in a label and in a box
CHARACTER = 7.0
LETTERS = 20
NETWORKS = 3
# more boxes than a reader can follow: those that nothing reaches or leaves are left out, then there is the table only
READABLE, DRAWABLE, ARROWS = 8, 16, 80


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
    name: Text
    full_name: str
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
    """The drawing, or why there is none."""

    width: float
    height: float
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
    flows = _flows(report["crossings"])
    segments = _shown(report, flows)
    description = "; ".join(f"{source} to {to}: {', '.join(lines)}" for (source, to), lines in flows.items())
    if not flows:
        return _none("Nothing crosses networks, as far as the inventory knows them.")
    if len(segments) > DRAWABLE or len(flows) > ARROWS:
        return _none(f"{len(segments)} networks and {len(flows)} flows between them are too many to draw.")
    box_height = PADDING * 2 + 6 + LINE * (1 + max(len(_details(segment, report)) for segment in segments))
    lefts = _lefts(segments)
    boxes = [_box(segment, x, report) for segment, x in zip(segments, lefts, strict=True)]
    arrows = _arrows(flows, {box.full_name: box.middle for box in boxes}, TOP + box_height + 26)
    return Diagram(
        width=lefts[-1] + BOX + 2 * MARGIN, height=arrows[-1].y + 40, box_y=TOP, box_height=box_height, box_width=BOX,
        frames=_frames(boxes), boxes=boxes, arrows=arrows, description=description, instead="",
    )  # fmt: skip


def _none(instead: str) -> Diagram:
    return Diagram(0, 0, 0, 0, 0, [], [], [], "", instead)


def _flows(crossings: Iterable[Crossing]) -> dict[tuple[str, str], list[str]]:
    """The ports that cross from one network to another, a text for each protocol."""
    ports: dict[tuple[str, str], dict[str, dict[str, None]]] = {}
    for one in crossings:
        if one["source"] != one["to"]:
            found = ports.setdefault((one["source"], one["to"]), {}).setdefault(one["protocol"], {})
            found.update((str(port), None) for port in one["ports"])
    return {
        pair: [f"{protocol} {', '.join(sorted(found, key=_first))}" for protocol, found in sorted(protocols.items())]
        for pair, protocols in ports.items()
    }


def _first(ports: str) -> int:
    return int(ports.partition("-")[0])


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


def _lefts(segments: Sequence[Segment]) -> list[float]:
    """Where the boxes begin; there is more room between the two worlds."""
    steps = [float(MARGIN * 2)]
    for left, right in pairwise(segments):
        apart = _is_online(left["name"]) != _is_online(right["name"])
        steps.append(BOX + GAP + (MARGIN * 2 if apart else 0))
    return list(accumulate(steps))


def _box(segment: Segment, x: float, report: ReportDocument) -> Box:
    name = Text(x + PADDING, TOP + PADDING + 12, _short(segment["name"], LETTERS - 2))
    details = [
        Text(x + PADDING, TOP + PADDING + 16 + LINE * number, text)
        for number, text in enumerate(_details(segment, report), start=1)
    ]
    return Box(x, x + BOX / 2, _is_online(segment["name"]), name, segment["name"], details)


def _details(segment: Segment, report: ReportDocument) -> list[str]:
    """The networks of a box, and who is there."""
    members = [group for group in report["groups"] if group["id"] in segment["groups"]]
    known = segment["networks"] or [address for group in members for address in group["addresses"]]
    networks = [_short(text, LETTERS) for text in known[:NETWORKS]]
    if len(known) > NETWORKS:
        networks.append(f"and {len(known) - NETWORKS} more")
    hosts = sum(len(group["hosts"]) for group in members)
    others = [group["title"] for group in members if not group["hosts"] and group["title"] != segment["name"]]
    people = [*([counted(hosts, "host")] if hosts else []), *others]
    return [*networks, *(_short(text, LETTERS) for text in people[:NETWORKS])]


def _short(text: str, letters: int) -> str:
    plain = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return plain if len(plain) <= letters else f"{plain[: letters - 1]}…"


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


def _frames(boxes: Sequence[Box]) -> list[Frame]:
    frames = []
    for online, title in ((False, "On premises"), (True, "Online")):
        inside = [box for box in boxes if box.online is online]
        if inside:
            x = inside[0].x - MARGIN
            frames.append(Frame(x, inside[-1].x + BOX + MARGIN - x, title, online))
    return frames
