# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report in a browser: it loads in peace and quiet, shows the matrix, filters, and can be used by keyboard."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from page import Page
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.by import By

CLIENTS, ARCHIVE = "desk-1 … desk-20 (20 hosts)", "archive"
ALL = {"lines": 19, "groups": 11}


def active(page: Page) -> str:
    return str(page.run("return document.activeElement.id || document.activeElement.className"))


def press(page: Page, *keys: str) -> None:
    for key in keys:
        ActionChains(page.driver).send_keys(key).perform()


def tab_to(page: Page, wanted: str) -> None:
    for _press in range(40):
        press(page, Keys.TAB)
        if active(page) == wanted:
            return
    pytest.fail(f"{wanted} cannot be reached with the tabulator")


def test_loads_without_complaints_and_asks_for_nothing_else(sample: Page) -> None:
    assert sample.console() == []
    assert {url.partition("#")[0] for url in sample.requests()} == {sample.file.as_uri()}


def test_the_policy_lets_nothing_else_run(sample: Page) -> None:
    ran = sample.run(
        """
        const script = document.createElement("script");
        script.textContent = "window.ran = true";
        document.body.append(script);
        document.body.insertAdjacentHTML("beforeend", "<img src='data:,' onerror='window.ran = true'>");
        return window.ran === true;
        """
    )
    assert ran is False
    assert any("Content Security Policy" in line for line in sample.console())


def test_the_matrix_has_its_cells(sample: Page) -> None:
    assert sample.lines()[CLIENTS, ARCHIVE] == {
        "80/tcp": "? unknown", "135/tcp": "P proved", "137/udp": "A allowed", "139/tcp": "P proved",
        "443/tcp": "P proved", "445/tcp": "D drift", "8000/tcp": "F failed", "8372/tcp": "- refused",
        "8373/tcp": "- refused",
    }  # fmt: skip
    assert sample.lines()["outsider", ARCHIVE]["445/tcp"] == "C closed"
    assert sample.lines()["laptop", "Therefore Online"] == {"443/tcp": "P proved"}


@pytest.mark.parametrize(
    ("filters", "pairs", "groups"),
    [
        ({"host": "DESK-7"}, {(CLIENTS, ARCHIVE), (CLIENTS, "database")}, [CLIENTS]),
        ({"host": "203.0.113.7"}, {("laptop", "Therefore Online")}, ["Therefore Online"]),
        (
            {"role": "therefore_online_client"},
            {("laptop", ARCHIVE), ("laptop", "database"), ("laptop", "Therefore Online")},
            ["laptop"],
        ),
        ({"state": "failed"}, {(CLIENTS, ARCHIVE)}, [ARCHIVE, CLIENTS]),
        ({"state": "unknown", "port": "445/tcp"}, set(), []),
        ({"host": "outsider", "state": "closed", "port": "445/tcp"}, {("outsider", ARCHIVE)}, ["outsider"]),
        ({"host": "no such host"}, set(), []),
    ],
)
def test_filters(filters: dict[str, str], pairs: set[tuple[str, str]], groups: list[str], sample: Page) -> None:
    sample.choose(**filters)
    assert {*sample.lines()} == pairs
    assert sample.groups() == groups
    assert (
        f": {len(pairs)} of {ALL['lines']} lines of the matrix, {len(groups)} of {ALL['groups']} groups"
        in sample.result()
    )
    assert sample.run("return document.getElementById('nothing').hidden") is bool(groups)


def test_a_port_leaves_its_column(sample: Page) -> None:
    sample.choose(port="1433/tcp")
    lines = sample.lines()
    assert {to for _source, to in lines} == {"database"}
    assert {port for cells in lines.values() for port in cells} == {"1433/tcp"}
    sample.choose(port="")
    assert len(sample.lines()[CLIENTS, ARCHIVE]) == 9


def test_a_host_filter_leaves_its_card(sample: Page) -> None:
    sample.choose(host="desk-7")
    sample.open_all()
    cards = sample.run(
        "return Array.from(document.querySelectorAll('.host')).filter((one) => one.offsetParent).map((one) => "
        "one.querySelector('h5').textContent)"
    )
    assert cards == ["desk-7"]


def test_lines_that_only_refuse_can_be_hidden(sample: Page) -> None:
    sample.driver.find_element(By.ID, "filter-quiet").click()
    lines = sample.lines()
    assert len(lines) == 16
    assert all({*cells.values()} - {"- refused", "C closed"} for cells in lines.values())
    # who asks for them gets them
    sample.choose(state="closed")
    assert {*sample.lines()} == {("outsider", ARCHIVE)}


def test_filters_are_cleared(sample: Page) -> None:
    sample.choose(host="desk", state="drift")
    sample.clear()
    assert len(sample.lines()) == ALL["lines"]
    assert len(sample.groups()) == ALL["groups"]
    assert "Filtered" not in sample.result()
    assert sample.run("return document.querySelectorAll('td.off').length") == 0


def test_a_view_can_be_sent(sample: Page) -> None:
    sample.choose(host="desk & co?", port="445/tcp", state="drift")
    address = sample.hash()
    sample.choose(host="desk")
    seen = sample.lines()
    wanted = sample.hash()
    assert address == "#host=desk+%26+co%3F&port=445%2Ftcp&state=drift"
    sample.open(wanted)
    assert (
        sample.lines()
        == seen
        == {(CLIENTS, ARCHIVE): {"445/tcp": "D drift"}, (CLIENTS, "database"): {"445/tcp": "D drift"}}
    )
    assert sample.run("return document.getElementById('filter-host').value") == "desk"


def test_a_view_that_makes_no_sense_shows_nothing_odd(sample: Page) -> None:
    sample.open("#port=99999/tcp&role=%3Cscript%3E&state=constructor&quiet=7&host=")
    assert sample.console() == []
    assert sample.run("return document.getElementById('filter-role').selectedIndex") in (-1, 0)


def test_a_link_to_a_folded_host_opens_it(sample: Page) -> None:
    sample.choose(host="archive")
    number = sample.run(
        "return Array.from(document.querySelectorAll('.host')).find((one) => "
        "one.querySelector('h5').textContent === 'desk-7').id"
    )
    # told so, a browser opens nothing by itself
    sample.run(
        "history.replaceState(null, '', '#' + arguments[0]); window.dispatchEvent(new HashChangeEvent('hashchange'))",
        number,
    )
    shown = sample.driver.find_element(By.ID, number)
    assert shown.is_displayed()
    assert sample.run("const r = arguments[0].getBoundingClientRect(); return r.top >= 0 && r.top < innerHeight", shown)


def test_by_keyboard(sample: Page) -> None:
    press(sample, Keys.TAB)
    assert active(sample) == "skip"
    assert sample.run("return document.activeElement.getBoundingClientRect().top") >= 0
    press(sample, Keys.ENTER)
    assert active(sample) == "main"
    tab_to(sample, "filter-host")
    press(sample, "desk", Keys.TAB)
    assert active(sample) == "filter-role"
    press(sample, Keys.TAB, Keys.TAB)
    assert active(sample) == "filter-state"
    press(sample, "F")
    assert {*sample.lines()} == {(CLIENTS, ARCHIVE)}
    assert sample.run("return getComputedStyle(document.activeElement).outlineStyle") != "none"
    press(sample, Keys.TAB, Keys.TAB, Keys.SPACE)
    assert len(sample.lines()) == ALL["lines"]


def test_everything_is_readable_without_the_script(sample: Page) -> None:
    sample.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        sample.open()
        assert not sample.driver.find_element(By.ID, "filters").is_displayed()
        assert len(sample.driver.find_elements(By.CSS_SELECTOR, ".matrix tr.line")) == ALL["lines"]
        assert sample.driver.find_element(By.CSS_SELECTOR, ".matrix td.failed").is_displayed()
    finally:
        sample.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_hostile_text_stays_text(shown: Callable[[str], Page]) -> None:
    import reports

    page = shown("hostile")
    page.look()
    page.open()
    page.open_all()
    # an alert would be an error of the driver here
    assert page.console() == []
    assert [url for url in page.requests() if url != page.file.as_uri()] == []
    assert page.run("return document.querySelectorAll('script').length") == 1
    assert page.run("return document.querySelectorAll('img, iframe, object, main style').length") == 0
    links = page.run("return Array.from(document.querySelectorAll('[href]')).map((one) => one.getAttribute('href'))")
    # to a place of the page, or to the article
    article = "https://softwaresupport.sossystems.co.uk/support/solutions/articles/205000040974"
    assert {link if link == article else link[:1] for link in links} == {"#", article}
    names = page.run("return Array.from(document.querySelectorAll('.host h5')).map((one) => one.textContent)")
    assert {*reports.HOSTILE[:5]} < {*names}
    assert page.run("return document.documentElement.scrollWidth <= innerWidth")


def test_five_hundred_hosts_load_in_time(shown: Callable[..., Page]) -> None:
    page = shown("big", 500, 25)
    assert page.file.stat().st_size < 5_000_000
    times = []
    # another program may have the machine for a moment
    while len(times) < 3 and min(times, default=3000) >= 3000:
        page.open()
        times.append(page.run("return performance.getEntriesByType('navigation')[0].duration"))
    assert min(times) < 3000
    assert page.console() == []


def test_many_groups_show_what_passes_first(shown: Callable[..., Page]) -> None:
    page = shown("big", 500, 25)
    page.open()
    assert len(page.lines()) == 25
    page.choose(host="host-17.example.com")
    assert len(page.lines()) == 1
    page.driver.find_element(By.ID, "filter-quiet").click()
    assert len(page.lines()) == 49
    assert page.hash() == "#host=host-17.example.com&quiet=1"
