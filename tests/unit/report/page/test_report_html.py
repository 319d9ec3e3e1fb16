# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""report.html without a browser: its structure, what is written where, and that hostile text stays text."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from collections import Counter
from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.page import matrix as _matrix
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.page.page import apart, html
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.shape import STATES, ReportDocument
from html_tree import Element, tree
from inventories import inventory, report_on
from reports import HOSTILE, big, hostile, sample

NOTHING = report_on(inventory())


def page(report: ReportDocument) -> Element:
    return tree(html(report))


def section(report: ReportDocument, name: str) -> Element:
    (found,) = page(report).find("section", id=name)
    return found


@pytest.mark.parametrize("report", [sample(), hostile(), NOTHING, big(50, 5)])
def test_structure(report: ReportDocument) -> None:
    shown = page(report)
    ids = Counter(one.attributes["id"] for one in shown if "id" in one.attributes)
    assert {name: count for name, count in ids.items() if count > 1} == {}
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*(-\d+)?", name) for name in ids)
    links = {one.attributes["href"] for one in shown if one.attributes.get("href", "").startswith("#")}
    assert {link[1:] for link in links} <= {*ids}
    named = [one.attributes[key] for one in shown for key in ("for", "aria-labelledby") if key in one.attributes]
    assert {name for names in named for name in names.split()} <= {*ids}
    assert [len(shown.find(tag)) for tag in ("h1", "main", "header", "nav", "footer", "script", "style")] == [1] * 7
    assert shown.find("html")[0].attributes["lang"] == "en"


@pytest.mark.parametrize("report", [sample(), hostile()])
def test_nothing_comes_from_elsewhere(report: ReportDocument) -> None:
    shown = page(report)
    attributes = {name for one in shown for name in one.attributes}
    assert not {name for name in attributes if name.startswith("on")} | {*attributes} & {
        "src",
        "srcset",
        "style",
        "action",
    }
    assert {one.tag for one in shown} & {"img", "link", "iframe", "object", "embed", "base", "image", "use"} == set()
    addresses = {one.attributes["href"] for one in shown if "href" in one.attributes}
    assert all(address.startswith(("#", "https://")) for address in addresses)


def test_the_policy_knows_the_script_and_the_style() -> None:
    shown = page(sample())
    (policy,) = [one.attributes["content"] for one in shown.find("meta") if "http-equiv" in one.attributes]
    for tag in ("script", "style"):
        digest = base64.b64encode(hashlib.sha256(shown.find(tag)[0].text().encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str) -> None:
    shown = page(hostile())
    unseen = re.compile("[\u2028\u202e\u202c]")
    told = unseen.sub("\ufffd", text)
    for place in (
        shown.find("h5"), shown.find(class_="message"), shown.find("h3"), shown.find(class_="remedy"), shown.find("td"),
        shown.find("tr", class_="line"),
    ):  # fmt: skip
        assert any(told in one.text() for one in place)
    # nothing of it became an element, nothing was run by the template
    assert {one.tag for one in shown} <= {one.tag for one in page(sample())} | {"br"}
    assert "49" not in {one.text() for one in shown.find("h5")}


def test_a_network_with_a_hostile_name_is_drawn() -> None:
    report = sample()
    report["segments"][0]["name"] = "</title><script>"
    for crossing in report["crossings"]:
        crossing["to"] = crossing["to"].replace("servers", "</title><script>")
    (drawing,) = page(report).find("svg", class_="diagram")
    assert any(one.text().startswith("</title><script>,") for one in drawing.find("title"))
    assert drawing.find("script") == []


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ("https://example.com/a?b=1&c", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        (" //x", False),
    ],
)
def test_only_the_web_is_linked(url: str, linked: bool) -> None:
    report = sample()
    report["rows"] = {"smb": {**report["rows"]["smb"], "url": url}}
    found = [one.attributes["href"] for one in section(report, "origins").find("a")]
    assert found == ([url] if linked else [])


def test_head() -> None:
    (head,) = page(sample()).find("header")
    assert head.find(class_="verdict")[0].words() == (
        "Needs attention: 2 errors, 4 warnings, 6 notes, differences on 5 hosts"
    )
    assert [one.words() for one in head.find("dl", class_="totals")[0].find("div")][:2] == ["hosts25", "groups11"]
    assert [one.words() for one in head.find("dl", class_="ages")[0].find("div")] == [
        "Reportmade 2026-11-25 04:00 UTC",
        "Planmade 2026-11-22 03:10 UTC, 3 days before this report old: run it again",
        "Verifymade 2026-11-25 03:40 UTC, less than an hour before this report",
    ]


@pytest.mark.parametrize(
    ("created", "words", "stale"),
    [
        ("2026-11-24T04:00:00Z", "24 hours before", False),
        ("2026-11-24T03:59:59Z", "24 hours before", True),
        ("2026-11-25T02:30:00Z", "1 hour before", False),
        ("2026-11-26T04:00:00Z", "younger than this report", False),
        ("yesterday", "made yesterday, its age cannot be told", True),
        ("2026-11-25T03:59:00", "its age cannot be told", True),
        (None, "not given: what is on the hosts is not known", False),
    ],
)
def test_age_of_the_plan(created: str | None, words: str, stale: bool) -> None:
    report = sample()
    report["inputs"]["plan"] = {"created": created} if created else None
    plan = page(report).find("dl", class_="ages")[0].find("div")[1]
    assert words in plan.words()
    assert (plan.find(class_="badge") != []) is stale


@pytest.mark.parametrize(
    ("levels", "verdict"),
    [
        ([], "Nothing is wrong, as far as the inputs tell."),
        (["note"], "Nothing is wrong, as far as the inputs tell. 1 note."),
        (["warning"], "Worth a look: 1 warning"),
        (["warning", "error", "error"], "Needs attention: 2 errors, 1 warning"),
    ],
)
def test_verdict(levels: list[str], verdict: str) -> None:
    report = report_on(inventory())
    made = {"created": "2026-11-25T03:00:00Z"}
    report["inputs"].update(plan=made, verify=made)
    report["findings"] = [
        {"level": level, "kind": "kind", "host": None, "text": "text", "remedy": None} for level in levels
    ]  # fmt: skip
    assert page(report).find(class_="verdict")[0].words() == verdict


@pytest.mark.parametrize(
    ("given", "unseen"),
    [
        ([], "what is on the hosts is not known and no packet was sent to prove it"),
        (["plan"], "no packet was sent to prove it"),
        (["verify"], "what is on the hosts is not known"),
    ],
)
def test_what_nobody_looked_at_is_not_called_right(given: list[str], unseen: str) -> None:
    report = report_on(inventory())
    report["inputs"].update({name: {"created": "2026-11-25T03:00:00Z"} for name in given})
    report["findings"] = []
    assert page(report).find(class_="verdict")[0].words() == f"Nothing is wrong with the settings, but {unseen}."


def test_a_paragraph_for_a_manager() -> None:
    (words,) = page(sample()).find(class_="words")
    for part in (
        "From the internet one reaches servers (tcp 443).",
        "Therefore Online is asked by office (tcp 443)",
        "Between networks, traffic must pass from office to servers, devices to servers",
        "Packets proved ",
        "1 were not as they must be",
        "hosts differ from what is wanted, 1 could not be looked at.",
    ):
        assert part in words.words()
    bare = page(report_on(inventory())).find(class_="words")[0].words()
    assert "Nothing is open to the internet. Nothing crosses the networks on premises." in bare
    assert "Nothing of it is proved: no packet was sent." in bare
    assert "no host was looked at" in bare


def test_findings_with_remedies() -> None:
    found = [one.words() for one in section(sample(), "findings").find("li")]
    assert "error unreachable desk-20 could not be planned: no route to host" in found
    assert (
        "warning drift database therefore_server: 1 to update, 1 to delete, 12 unchanged Remedy: Run the playbook site."
        in found
    )


def test_many_findings_fold() -> None:
    report = sample()
    one: Any = {"level": "warning", "kind": "kind", "host": None, "text": "text", "remedy": None}
    report["findings"] = [dict(one) for _number in range(30)]
    for host in report["hosts"]:
        host["findings"] = []
    (rest,) = section(report, "findings").find("details")
    assert rest.find("summary")[0].words() == "22 more of the level warning"
    assert len(rest.find("li")) == 22


def test_what_differs_is_told_once_for_hosts_that_are_alike() -> None:
    differing = section(sample(), "drift").find("details")
    assert [one.find("summary")[0].words() for one in differing] == [
        "database 2 changes",
        "desk-3 … desk-17 (4 hosts) 1 change",
    ]
    update, delete = differing[0].find("li")
    assert update.words() == (
        "update sql-server-in-tcp therefore_server allow in tcp 1433 from 10.1.0.0/24 10.2.0.0/24 (sql_server) "
        "ports: 1434 -> 1433 peers: 10.1.0.0/24 -> 10.1.0.0/24, 10.2.0.0/24"
    )
    assert delete.words().startswith("delete old-share-in-tcp")


def test_without_a_plan_nobody_says_that_nothing_differs() -> None:
    assert "Not known: no plan was given" in section(report_on(inventory()), "drift").words()


def test_matrix() -> None:
    (matrix,) = page(sample()).find("table", class_="matrix")
    ports = [one.attributes["data-port"] for one in matrix.find("th", scope="col")[1:]]
    assert ports[:4] == ["80/tcp", "135/tcp", "137/udp", "139/tcp"]
    (block,) = [one for one in matrix.find("tbody") if "archive" in one.find("th", scope="rowgroup")[0].words()]
    (line,) = [one for one in block.find("tr", class_="line") if one.find("th", scope="row")[0].words() == "outsider"]
    cells = [(one.words(), one.attributes.get("class")) for one in line.find("td")]
    assert dict(zip(ports, cells, strict=True))["445/tcp"] == ("C closed", "closed")
    assert cells[ports.index("1433/tcp")] == ("", None)
    assert len(matrix.find("caption")) == 1


def test_the_legend_has_every_state() -> None:
    legend = [one.words() for one in page(sample()).find("ul", class_="legend")[0].find("li")]
    assert [words.split()[:2] for words in legend] == [[letter, name] for name, (letter, _meaning) in STATES.items()]
    assert legend[0] == "F failed 1the packets did the opposite of what they must"


def test_cells_that_need_a_look_say_why() -> None:
    looks = [one.words() for one in page(sample()).find("tr", class_="look")]
    assert looks[0].endswith("archive8000/tcpxml_service2 of 2 failedxml_service-in-tcp")
    assert len(looks) == 7


def test_a_matrix_without_end_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_matrix, "LINES", 30)
    shown = section(big(20, 20), "matrix")
    assert "370 lines are too many for a page" in shown.words()
    kept = shown.find("tr", class_="line")
    assert len(kept) == 30
    assert sum("quiet" not in one.attributes["class"].split() for one in kept) == 20


def test_alike_hosts_share_their_rules() -> None:
    shown = section(sample(), "hosts")
    tables = shown.find("table", class_="rules")
    assert len(tables) == len(sample()["rule_sets"])
    (outside,) = [one for one in shown.find("details") if "Therefore Client machines of office" in one.words()]
    assert "The same as those above" in outside.words()


def test_a_rule_names_its_origin() -> None:
    (server,) = [one for one in section(sample(), "hosts").find("details") if one.find("h3")[0].words() == "archive"]
    (rule,) = [one for one in server.find("tr") if one.find("th")[0].words() == "xml_service-in-tcp"]
    assert [one.words() for one in rule.find("td")] == [
        "in", "tcp", "8000", "from 10.1.0.0/24, 10.2.0.0/24, fd00:1::/64, fd00:2::/64", "domain", "allow",
        "XML Service Therefore On-Premises Specific Ports, row 1",
    ]  # fmt: skip
    (row,) = [one for one in section(sample(), "origins").find("tr") if one.find("th")[0].words() == "xml_service"]
    assert "Standard ports and protocols required for Therefore communication modified Mon, 1 Sep" in row.words()
    assert rule.find("a")[0].attributes["href"] == f"#{row.attributes['id']}"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("archive", "archive10.1.0.10, fd00:1::10 · linuxas wantederror: failed, warning: in the way"),
        ("database", "database10.1.0.11 · linux2 changes"),
        ("desk-20", "desk-2010.2.0.20awayno route to host"),
        ("desk-2", "desk-210.2.0.2 · linuxas wanted"),
    ],
)
def test_hosts(name: str, words: str) -> None:
    (card,) = [one for one in section(sample(), "hosts").find("article") if one.find("h5")[0].text() == name]
    assert card.words().startswith(words)


def test_the_table_of_the_diagram_has_the_same() -> None:
    report = sample()
    lines = section(report, "networks").find("tbody")[0].find("tr")
    assert len(lines) == len(report["crossings"])
    assert any("tenant.example.com (names: their addresses may change)" in one.words() for one in lines)


@pytest.mark.parametrize(
    ("hosts", "groups", "targets", "megabytes"), [(500, 60, 0, 5), (500, 500, 2, 5), (1000, 20, 0, 2)]
)
def test_size_and_time(hosts: int, groups: int, targets: int, megabytes: float) -> None:
    report = big(hosts, groups, targets)
    html(sample())
    before = time.process_time()
    size = len(html(report).encode())
    assert time.process_time() - before < 4
    assert size < megabytes * 1_000_000


def test_a_name_may_break_after_a_dot_and_stays_text() -> None:
    assert apart("a.example.com, x_y") == "a.<wbr>example.<wbr>com, x_<wbr>y"
    assert apart("<b>.x") == "&lt;b&gt;.<wbr>x"
    assert apart("end.\u202e") == "end.\ufffd"
