# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report in headless Chromium. Where the distribution has no such package, one line says so and all is skipped."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from collection import COLLECTIONS, ROOT, make_importable

make_importable()
# the documents that are shown
sys.path.append(str(ROOT / "tests/unit"))

import page as pages  # noqa: E402

MISSING = [str(path) for path in (pages.BROWSER, pages.DRIVER) if not path.exists()]
NO_BROWSER = (
    f"no {' and no '.join(MISSING)}: on Debian, tools/setup browser installs the packages chromium and chromium-driver"
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items if MISSING else ():
        item.add_marker(pytest.mark.skip(reason=NO_BROWSER))


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    started = pages.start(tmp_path_factory.mktemp("profile"))
    yield started
    started.quit()


@pytest.fixture(scope="session")
def shown(driver: Any, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], pages.Page]:
    """Gives the page of one of the documents in reports.py, with the arguments after its name."""
    folder = tmp_path_factory.mktemp("pages")
    made: dict[str, pages.Page] = {}

    def show(name: str, *arguments: int) -> pages.Page:
        import reports
        from ansible_collections.therefore.firewall.plugins.plugin_utils._report.page.page import html

        if name not in made:
            file = folder / f"{name}.html"
            file.write_text(html(getattr(reports, name)(*arguments)), encoding="utf-8")
            made[name] = pages.Page(driver, file)
        return made[name]

    return show


@pytest.fixture
def sample(shown: Callable[[str], pages.Page]) -> pages.Page:
    page = shown("sample")
    page.look()
    page.open()
    return page


@pytest.fixture(scope="session")
def screenshots() -> Path:
    folder = COLLECTIONS / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
