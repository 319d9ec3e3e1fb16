# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The flow diagram: what is drawn where, that nothing lies on something else, and when there is no drawing."""

from __future__ import annotations

from itertools import combinations

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.page.diagram import Diagram, diagram
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.shape import ReportDocument
from inventories import inventory, report_on
from reports import hostile, networks, sample

Area = tuple[float, float, float, float]


def areas(drawing: Diagram) -> list[Area]:
    """Left, top, right and bottom of the boxes and the labels, each label with its arrow."""
    boxes = [
        (box.x, drawing.box_y, box.x + drawing.box_width, drawing.box_y + drawing.box_height) for box in drawing.boxes
    ]
    labels = [
        (
            min(arrow.start, arrow.end, arrow.label_x), arrow.label_y,
            max(arrow.start, arrow.end, arrow.label_x + arrow.label_width), arrow.y + 4,
        )
        for arrow in drawing.arrows
    ]  # fmt: skip
    return [*boxes, *labels]


def overlap(one: Area, other: Area) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@pytest.mark.parametrize("report", [sample(), hostile(), networks(1), networks(3), networks(8)])
def test_nothing_lies_on_something_else(report: ReportDocument) -> None:
    drawing = diagram(report)
    assert drawing.arrows
    found = areas(drawing)
    assert [pair for pair in combinations(found, 2) if overlap(*pair)] == []
    assert all(
        left >= 0 and top >= 0 and right <= drawing.width and bottom <= drawing.height
        for left, top, right, bottom in found
    )


@pytest.mark.parametrize("report", [sample(), networks(8)])
def test_a_label_is_no_longer_than_its_arrow(report: ReportDocument) -> None:
    for arrow in diagram(report).arrows:
        assert arrow.label_width <= abs(arrow.start - arrow.end)
        assert [line.y for line in arrow.label] == sorted({line.y for line in arrow.label})


def test_what_is_drawn() -> None:
    drawing = diagram(sample())
    assert [(box.full_name, box.online) for box in drawing.boxes] == [
        ("servers", False), ("office", False), ("devices", False), ("Therefore Online", True), ("Internet", True),
    ]  # fmt: skip
    assert [(frame.title, frame.online) for frame in drawing.frames] == [("On premises", False), ("Online", True)]
    assert [line.text for line in drawing.boxes[1].details][:3] == ["10.2.0.0/24", "fd00:2::/64", "21 hosts"]
    assert [line.text for line in drawing.boxes[3].details] == ["203.0.113.7", "tenant.example.com"]
    first = drawing.arrows[0]
    assert first.description == "office to servers: tcp 80, 135, 139, 443, 445, 1433, 8000, udp 137"
    assert (first.start, first.end) == (drawing.boxes[1].middle, drawing.boxes[0].middle)
    assert first.description in drawing.description


def test_the_two_worlds_are_apart() -> None:
    premises, online = diagram(networks(3)).frames
    assert premises.x + premises.width < online.x


def test_what_lies_in_no_network_is_on_premises() -> None:
    report = sample()
    report["crossings"][0]["source"] = "elsewhere"
    boxes = {box.full_name: box for box in diagram(report).boxes}
    assert not boxes["elsewhere"].online
    assert boxes["elsewhere"].middle < boxes["Internet"].middle


def test_of_many_networks_only_those_with_traffic_are_drawn() -> None:
    report = networks(4)
    report["segments"][0]["name"] = "idle"
    assert "idle" not in {box.full_name for box in diagram(report).boxes}


def test_too_many_networks_are_not_drawn() -> None:
    drawing = diagram(networks(40))
    assert drawing.boxes == drawing.arrows == []
    assert drawing.instead == "45 networks and 124 flows between them are too many to draw."


def test_nothing_to_draw() -> None:
    assert diagram(report_on(inventory())).instead == "Nothing crosses networks, as far as the inventory knows them."


def test_a_long_name_is_cut() -> None:
    report = sample()
    report["segments"][0]["networks"] = ["n" * 300, "a\u202eb\nc"]
    details = [line.text for line in diagram(report).boxes[0].details]
    assert details[0].endswith("n…")
    assert len(details[0]) < 25
    assert details[1] == "a b c"


@pytest.mark.parametrize(("more", "shrinks"), [(0, True), (3, True), (8, False)])
def test_up_to_eight_networks_fit_a_window(more: int, shrinks: bool) -> None:
    drawing = diagram(networks(more) if more else sample())
    assert drawing.shrinks is shrinks
    assert drawing.boxes[0].description == "servers, 10.1.0.0/24, fd00:1::/64"
