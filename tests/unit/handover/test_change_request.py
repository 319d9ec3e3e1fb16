# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""change-request.md and change-request.csv."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.change_request import change_request_markdown
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.change_request_csv import change_request_csv
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.last_request import last_lines
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.perimeter import request_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.shape import ReportDocument
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError
from inventories import ARCHIVE, SHARED, desks, inventory, report_on

BLANK = request_of("", None, "")
FILLED = request_of("Network team", "2027-03-31", "CHG 42")
WEB = {"therefore_server_components": ["web"], "therefore_server_internet": True}
ORIGIN = (
    "Standard ports and protocols required for Therefore communication (modified Mon, 1 Sep at 4:27 PM), "
    "Standard Windows Services Ports, row"
)
SEEN = "https://softwaresupport.sossystems.co.uk/support/solutions/articles/205000040974"
HOSTILE = "=cmd|'/c calc'!A1 <img src=x> [x](javascript:y) `z`"


def sample(server: dict[str, Any] | None = None, **shared: Any) -> ReportDocument:
    return report_on(inventory(shared, therefore_server={"archive": server or ARCHIVE}, therefore_client=desks(3)))


def online(*endpoints: str) -> ReportDocument:
    return report_on(inventory({"therefore_online_endpoints": list(endpoints)}, therefore_online_client=desks(1)))


def lines(report: ReportDocument, request: Any = None) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(change_request_csv(report, request or BLANK))))


def test_a_line_of_the_table() -> None:
    shown = change_request_markdown(sample(), FILLED)
    assert (
        "| 1.2 | desk-1 … desk-3 (3 hosts): 10.2.0.1-10.2.0.3 | archive: 10.1.0.10, fd00:1::10 | tcp | 445 | office "
        "| 2027-03-31 | Network team |  |\n"
    ) in shown
    assert "- Reference: CHG 42\n- Owner: Network team\n- Expires: 2027-03-31\n" in shown


def test_why_with_the_place_in_the_article() -> None:
    shown = change_request_markdown(sample(), BLANK)
    where = "Standard Windows Services Ports, row 4"
    assert f"- 1.2: MICROSOFT-DS (SMB) (smb; {where}): Shared files and printers, Windows services.\n" in shown
    assert "\n- 1.1, 1.4: DCOM (EPMAP) (dcom; " in shown


def test_what_is_not_known_is_left_to_fill_in() -> None:
    shown = change_request_markdown(sample(), BLANK)
    assert re.findall(r"^- (?:Reference|Owner|Expires): _{16}$", shown, re.MULTILINE) == [
        "- Reference: ________________", "- Owner: ________________", "- Expires: ________________",
    ]  # fmt: skip
    assert {(one["expires"], one["owner"], one["reference"]) for one in lines(sample())} == {("", "", "")}


def test_chapters_are_numbered_in_the_order_of_the_networks() -> None:
    shared: dict[str, Any] = {"therefore_mfp_addresses": ["10.3.0.20"]}
    report = sample({**ARCHIVE, "therefore_server_components": ["mfp_manager"]}, **shared)
    assert re.findall(r"^## .*", change_request_markdown(report, BLANK), re.MULTILINE) == [
        "## 1 office to servers", "## 2 devices to servers", "## Test plan", "## Files for Aerleon",
    ]  # fmt: skip
    assert [one["number"] for one in lines(report)] == ["1.1", "1.2", "1.3", "2.1", "2.2"]


def test_all_fields_of_a_line_for_a_spreadsheet() -> None:
    (smb,) = [one for one in lines(sample(), FILLED) if one["rows"] == "smb"]
    assert smb == {
        "number": "1.2", "from network": "office", "to network": "servers", "sources": "10.2.0.1-10.2.0.3",
        "destinations": "10.1.0.10, fd00:1::10", "destinations are names": "no", "protocol": "tcp", "ports": "445",
        "opened by": "office", "from": "desk-1 … desk-3 (3 hosts)", "to": "archive", "rows": "smb",
        "services": "MICROSOFT-DS (SMB)", "notes": "Shared files and printers, Windows services.",
        "origin": f"{ORIGIN} 4, {SEEN}", "expires": "2027-03-31", "owner": "Network team", "reference": "CHG 42",
        "attention": "", "status": "", "source hosts": "desk-1, desk-2, desk-3", "destination hosts": "archive",
    }  # fmt: skip


def test_who_opens_the_connection_is_said_once() -> None:
    shown = change_request_markdown(sample(), BLANK)
    assert shown.count("The source opens the connection; the firewall keeps state") == 1


@pytest.mark.parametrize(
    ("report", "attention", "warning"),
    [
        (sample(), "may be clear text", "**Clear text:**"),
        (sample({**ARCHIVE, **WEB}), "WIDE: any source", "**Wide:**"),
        (
            report_on(
                inventory({"therefore_online_client_allow_any_endpoint": True}, therefore_online_client=desks(1))
            ),
            "WIDE: any destination",
            "**Wide:**",
        ),
        (online("tenant.example.com"), "names: their addresses may change", "**Host names:**"),
    ],
)
def test_what_needs_attention(report: ReportDocument, attention: str, warning: str) -> None:
    assert [one["number"] for one in lines(report) if one["attention"] == attention]
    shown = change_request_markdown(report, BLANK)
    assert f"| {attention} |\n" in shown
    assert shown.count(warning) == 1


def test_nothing_needs_attention() -> None:
    report = online("203.0.113.7")
    assert [one["attention"] for one in lines(report)] == [""]
    assert "**" not in change_request_markdown(report, BLANK)


def test_names_and_addresses_are_lines_of_their_own() -> None:
    found = [(one["destinations"], one["destinations are names"]) for one in lines(online("203.0.113.7", "b.example"))]
    assert found == [("203.0.113.7", "no"), ("b.example", "yes")]


def test_what_the_files_for_aerleon_lack() -> None:
    shown = change_request_markdown(online("203.0.113.7", "tenant.example.com", "tenant"), BLANK)
    assert "- Cisco ASA: all but 1.2 (Aerleon takes no host names for it)\n" in shown
    assert "- Juniper SRX: all but 1.2 (Aerleon takes no host name without a dot (tenant))\n" in shown
    shown = change_request_markdown(sample(), BLANK)
    assert "- Juniper SRX: all\n" in shown
    server = {**ARCHIVE, **WEB}
    shown = change_request_markdown(report_on(inventory(therefore_server={"archive": server})), BLANK)
    assert "- Cisco ASA: all but 1.1 (its IPv6 part: Aerleon writes only IPv4 for it)\n" in shown


def test_nothing_crosses() -> None:
    shown = change_request_markdown(report_on(inventory()), BLANK)
    assert "Nothing crosses networks, as far as the inventory knows them: there is nothing to change." in shown
    assert "Aerleon" not in shown
    assert lines(report_on(inventory())) == []


def test_a_last_day_that_is_over_is_said() -> None:
    late = request_of("", "2026-11-24", "")
    assert "**The last day, 2026-11-24, is over:**" in change_request_markdown(sample(), late)
    assert "is over" not in change_request_markdown(sample(), request_of("", "2026-11-25", ""))


@pytest.mark.parametrize("expires", ["31.3.2027", "2027-3-31", "20270331", "2027-W13-3", "2027-02-30", "soon"])
def test_what_is_no_date_is_refused(expires: str) -> None:
    with pytest.raises(InputError, match=rf"^therefore_report_expires: '{expires}' is no date; write the last day as "):
        request_of("", expires, "")


def test_hostile_names_stay_text() -> None:
    segments = {HOSTILE: {"networks": ["10.2.0.0/24"]}, "servers": SHARED["therefore_segments"]["servers"]}
    given = inventory({"therefore_segments": segments}, therefore_server={HOSTILE: ARCHIVE}, therefore_client=desks(3))
    request = request_of(f"{HOSTILE}\n# head", "", "a | b")
    shown = change_request_markdown(report_on(given), request)
    assert "<img" not in shown.replace("\\<img", "")
    assert "[x](" not in shown.replace("\\[x\\](", "")
    assert not re.search(r"^# head", shown, re.MULTILINE)
    assert {line.replace("\\|", "").count("|") for line in shown.splitlines() if line.startswith("| 1.")} == {10}
    (first, *_others) = lines(report_on(given), request)
    assert (first["from network"], first["to"], first["reference"]) == (f"'{HOSTILE}", f"'{HOSTILE}", "a | b")


def test_the_head_has_what_a_network_team_asks_for() -> None:
    details = {"requester": "Ann Example", "window": "Sunday 6 to 8", "risk": "| none\n"}
    shown = change_request_markdown(sample(), request_of("", "", "", details))
    assert "\n- Requester: Ann Example\n- Contact: ________________\n- System: ________________\n" in shown
    assert "\n- Change window: Sunday 6 to 8\n- Risk: \\| none\n- Roll-back: ________________\n" in shown
    assert "\n- Approved by: ________________ on: ________________\n" in shown


def test_nothing_else_is_said_only_where_outbound_traffic_is_refused() -> None:
    assert "othing else" not in change_request_markdown(sample(), BLANK)
    closed = sample(therefore_server_egress="deny", therefore_client_egress="deny")
    assert "Nothing else is needed: the hosts themselves refuse" in change_request_markdown(closed, BLANK)


def test_what_settings_leave_out_is_in_the_head() -> None:
    shown = change_request_markdown(
        sample(therefore_transport="xml_service", therefore_client_leave_out=["smb"]), BLANK
    )
    assert "dcom of Therefore Server (therefore_server_transport: xml_service)" in shown
    assert "smb of Therefore Client (therefore_client_leave_out)" in shown


def statuses(report: ReportDocument, last: str) -> dict[str, str]:
    written = change_request_csv(report, BLANK, last_lines(last, "last"))
    return {f"{one['rows']} {one['protocol']}": one["status"] for one in csv.DictReader(io.StringIO(written))}


@pytest.mark.parametrize("form", ["csv", "json", "spreadsheet"])
def test_each_line_against_the_last_request(form: str) -> None:
    former = sample(therefore_client_leave_out=["xml_service"], therefore_server_mfp_addresses=["10.3.0.5"])
    last = json.dumps(former) if form == "json" else change_request_csv(former, BLANK)
    if form == "spreadsheet":
        rows = csv.reader(io.StringIO(last))
        stream = io.StringIO()
        csv.writer(stream, delimiter=";").writerows(rows)
        last = "\ufeff" + stream.getvalue()
    now = sample(therefore_server_port_overrides={"smb": [446]}, therefore_client_port_overrides={"smb": [446]},
                 therefore_server_leave_out=["dcom"])  # fmt: skip
    assert statuses(former, last) == {"dcom tcp": "unchanged", "smb tcp": "unchanged", "dcom udp": "unchanged"}
    assert statuses(now, last) == {
        "smb tcp": "changed: ports were 445", "xml_service tcp": "new",
        "dcom tcp": "no longer needed: 1.1 of the last request",
        "dcom udp": "no longer needed: 1.3 of the last request",
    }  # fmt: skip
    shown = change_request_markdown(now, BLANK, last_lines(last, "last"))
    assert "Against the last request: 1 new, 1 changed, 0 unchanged, 2 no longer needed." in shown
    assert "## No longer needed" in shown
    assert "| 1.1 | office | servers | 10.2.0.1-10.2.0.3 | 10.1.0.10, fd00:1::10 | tcp | 135, 139 |\n" in shown


def test_names_that_a_spreadsheet_would_take_for_a_formula_come_back() -> None:
    segments = {"=office": {"networks": ["10.2.0.0/24"]}, "servers": SHARED["therefore_segments"]["servers"]}
    report = sample(therefore_segments=segments)
    assert {*statuses(report, change_request_csv(report, BLANK)).values()} == {"unchanged"}


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "{", '{"format": "other"}', "[]"])
def test_what_is_no_request_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"^therefore_report_last_request: x is no change request \(.*\); give the "):
        last_lines(text, "therefore_report_last_request: x")


def test_the_test_plan_has_the_command_and_what_is_left_by_hand() -> None:
    shared: dict[str, Any] = {"therefore_mfp_addresses": ["10.3.0.20"]}
    server = {**ARCHIVE, "therefore_server_components": ["mfp_manager", "web"], "therefore_server_internet": True}
    shown = change_request_markdown(sample(server, **shared), BLANK)
    (plan,) = re.findall(r"## Test plan\n\n(.*?)\n\n## ", shown, re.DOTALL)
    assert plan.startswith("Lines 1.1, 1.2, 1.3, 1.4, 1.5: this sends packets")
    assert "ansible-playbook -i inventory.yml therefore.firewall.verify" in plan
    assert "- 2.1: from 10.3.0.20 to 10.1.0.10, tcp 8372\n" in plan
    assert "- 3.1: from outside to 10.1.0.10, tcp 443" in plan


def test_smb_and_rpc_across_a_network_that_the_internet_reaches_are_warnings() -> None:
    web = {"ansible_host": "10.2.0.10", **WEB}
    report = report_on(inventory(therefore_server={"archive": ARCHIVE, "web": web}))
    found = {one["text"] for one in report["findings"] if one["kind"] == "demilitarized zone"}
    assert "office to servers: dcom, smb would cross, and office is open to the internet" in found
    assert {one["attention"] for one in lines(report) if one["rows"] == "smb"} == {"SMB or RPC across a DMZ"}
    # a server with everything in one network is no demilitarized zone
    for other in (sample(), sample({**ARCHIVE, **WEB})):
        assert not [one for one in other["findings"] if one["kind"] == "demilitarized zone"]


def test_the_same_inventory_gives_the_same_paper() -> None:
    assert change_request_markdown(sample(), FILLED) == change_request_markdown(sample(), FILLED)
    assert change_request_csv(sample(), FILLED) == change_request_csv(sample(), FILLED)


def test_what_hosts_keep_open_for_reasons_of_their_own_is_no_part_of_it() -> None:
    keep = [{"id": "updates", "protocol": "tcp", "ports": [8530], "peers": ["203.0.113.9"]}]
    given = {"therefore_client_egress": "deny", "therefore_client_egress_keep": keep}
    report = sample(**given)
    shown = change_request_markdown(report, BLANK)
    told = "such as updates or monitoring: keep-updates (tcp 8530 to 203.0.113.9).\n"
    assert shown.count(told) == 1
    assert "8530" not in change_request_csv(report, BLANK)
    assert "Not part of this request" not in change_request_markdown(sample(), BLANK)
