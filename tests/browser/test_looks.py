# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the report looks: pictures for whoever looks at them, and what axe-core finds that people could not use."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from page import Page

LOOKS = [("light", 1280), ("dark", 1280), ("light", 420), ("dark", 420)]


def still(page: Page) -> None:
    """Nothing sticks to the window, which is as long as the page in a picture."""
    page.run("document.querySelectorAll('.contents, .filters').forEach((one) => { one.style.position = 'static'; })")


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_pictures(scheme: str, width: int, sample: Page, screenshots: Path) -> None:
    sample.look(width, scheme=scheme)
    sample.open()
    still(sample)
    assert sample.run("return document.documentElement.scrollWidth <= innerWidth")
    file = screenshots / f"report-{scheme}-{width}.png"
    sample.picture(file)
    assert file.stat().st_size > 20_000


def test_pictures_for_the_documentation(sample: Page, screenshots: Path) -> None:
    for scheme in ("light", "dark"):
        sample.look(1200, scheme=scheme)
        sample.open()
        still(sample)
        top, bottom = (
            sample.run(
                "return document.querySelector(arguments[0]).getBoundingClientRect()[arguments[1]] + scrollY", *at
            )
            for at in (("#networks", "top"), (".grid", "bottom"))
        )
        file = screenshots / f"report-{scheme}.png"
        sample.picture(file, top - 24, bottom - top + 40)
        assert file.stat().st_size < 300_000


def test_on_paper(sample: Page, screenshots: Path) -> None:
    sample.paper(screenshots / "report.pdf")
    assert (screenshots / "report.pdf").read_bytes().startswith(b"%PDF")
    # folded again after printing
    assert sample.run("return document.querySelectorAll('.group[open]').length") == 0
    sample.look(1000, media="print")
    assert sample.run("return getComputedStyle(document.querySelector('.controls')).display") == "none"
    assert sample.run("return getComputedStyle(document.querySelector('.grid')).maxHeight") == "none"
    sample.picture(screenshots / "report-print.png")


def test_a_dark_screen_prints_light(sample: Page) -> None:
    sample.look(scheme="dark", media="print")
    assert sample.run("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_usable_by_everybody(scheme: str, width: int, sample: Page) -> None:
    from axe_core_python.selenium import Axe

    sample.look(width, scheme=scheme)
    sample.open()
    sample.open_all()
    found = Axe().run(sample.driver)
    assert len(found["passes"]) > 20
    violations = [(one["id"], [node["html"][:200] for node in one["nodes"][:3]]) for one in found["violations"]]
    assert violations == []


def test_labels_of_the_diagram_are_apart(sample: Page) -> None:
    overlaps = sample.run(
        """
        const boxes = Array.from(document.querySelectorAll(".flow rect, .box > rect")).map((one) => one.getBBox());
        const apart = (a, b) => a.x + a.width <= b.x || b.x + b.width <= a.x
          || a.y + a.height <= b.y || b.y + b.height <= a.y;
        return boxes.flatMap((a, i) => boxes.slice(i + 1).filter((b) => !apart(a, b))).length;
        """
    )
    assert overlaps == 0
    outside = sample.run(
        """
        return Array.from(document.querySelectorAll(".flow")).filter((flow) => {
          const box = flow.querySelector("rect").getBBox();
          return Array.from(flow.querySelectorAll("text")).some((one) => one.getBBox().width > box.width);
        }).length;
        """
    )
    assert outside == 0


def test_long_names_stay_in_their_boxes(shown: Callable[..., Page], screenshots: Path) -> None:
    page = shown("long_names")
    page.look(1280)
    page.open()
    still(page)
    page.picture(screenshots / "report-long-names.png")
    outside = page.run(
        "return [...document.querySelectorAll('.box')].flatMap((box) => {"
        "  const frame = box.querySelector('rect').getBoundingClientRect();"
        "  return [...box.querySelectorAll('text')].filter((text) => {"
        "    const own = text.getBoundingClientRect();"
        "    return own.left < frame.left || own.right > frame.right || own.bottom > frame.bottom;"
        "  }).map((text) => text.textContent);"
        "})"
    )
    assert outside == []
    assert page.run("return [...document.querySelectorAll('.box .name')].map((text) => text.textContent)")[:3] == [
        "Rechenzentrum", "Nord, Serverraum", "2 (Produktion)",
    ]  # fmt: skip
    # what is between two places in which a name may break fits beside others
    assert page.run("return document.documentElement.scrollWidth <= innerWidth")


def test_a_tall_diagram_fits_a_page(shown: Callable[..., Page], screenshots: Path) -> None:
    page = shown("estate")
    page.paper(screenshots / "report-estate.pdf")
    page.look(1000, media="print")
    # A4 across, without its margins and the heading
    assert page.run("return document.querySelector('.diagram').getBoundingClientRect().height") <= 170 / 25.4 * 96
