# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files for Aerleon, given to the real Aerleon. Whether all packets agree is in test_aerleon_oracle.py."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.aerleon import (
    DEFINITIONS,
    aerleon_files,
    policy_path,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.aerleon_targets import (
    RESERVED,
    TARGETS,
    comment,
    zone_names,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.perimeter import request_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.shape import ReportDocument
from inventories import ARCHIVE, SHARED, desks, inventory, report_on

BLANK = request_of("", "", "")
FILLED = request_of("Network team", "2999-12-31", "CHG 42")
SUFFIXES = {"ciscoasa": "asa", "srx": "srx", "paloalto": "xml", "nftables": "nft"}
HOSTILE = "x*/ \"; } \n'`$(reboot)` %PATH% \\ <a> é – " + "long " * 40
V6_DESK = {"desk-6": {"therefore_addresses": ["fd00:2::7"]}}
ENDPOINTS = ["203.0.113.7", "tenant.example.com", "tenant"]


def sample(**shared: Any) -> ReportDocument:
    """Each kind of crossing."""
    components = {"therefore_server_components": ["xml_service", "mfp_manager", "web"]}
    server = {**ARCHIVE, **components, "therefore_server_internet": True}
    common = {
        "therefore_mfp_addresses": ["10.3.0.20-10.3.0.39"], "therefore_online_endpoints": ENDPOINTS,
        "therefore_server_supplements": ["rpc_dynamic"], "therefore_client_supplements": ["rpc_dynamic"],
    }  # fmt: skip
    return report_on(inventory(
        common | shared, therefore_server={"archive": server}, therefore_client=desks(3) | V6_DESK,
        therefore_online_client=desks(1),
    ))  # fmt: skip


def generate(folder: Path, files: Mapping[str, str]) -> dict[str, str]:
    """What aclgen makes of the files, by target. Anything that it warns of fails, but for what is named here."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / "out").mkdir()
    ran = subprocess.run(
        [
            sys.executable, "-m", "aerleon", "--base_directory", str(folder / "aerleon"), "--definitions_directory",
            str(folder / "aerleon/def"), "--output_directory", str(folder / "out"),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )  # fmt: skip
    print(ran.stderr)
    assert ran.returncode == 0
    harmless = re.compile(r"pol files found|is expired")
    assert [line for line in ran.stderr.splitlines() if line[:1] in "WEF" and not harmless.search(line)] == []
    assert "Traceback" not in ran.stderr
    made = {name: folder / f"out/therefore-{name}.{suffix}" for name, suffix in SUFFIXES.items()}
    return {name: path.read_text(encoding="utf-8") for name, path in made.items() if path.exists()}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What Aerleon makes of the sample."""
    return generate(tmp_path_factory.mktemp("aerleon"), aerleon_files(sample(), FILLED))


def test_every_target_is_generated(made: dict[str, str]) -> None:
    assert [*made] == [target.name for target in TARGETS]


def test_cisco_asa(made: dict[str, str]) -> None:
    found = re.findall(r"^access-list therefore extended (.*)$", made["ciscoasa"], re.MULTILINE)
    assert "permit tcp host 10.2.0.1 host 10.1.0.10 eq 8000" in found
    assert "permit tcp 10.2.0.2 255.255.255.254 host 10.1.0.10 eq 8000" in found
    assert "permit tcp 10.3.0.24 255.255.255.248 host 10.1.0.10 eq 8372" in found
    assert "permit tcp host 10.2.0.1 host 10.1.0.10 range 49152 65535" in found
    assert "permit udp host 10.2.0.1 host 10.1.0.10 eq netbios-ns" in found
    assert "permit tcp any host 10.1.0.10 eq https" in found
    assert "permit tcp host 10.2.0.1 host 203.0.113.7 eq https" in found
    assert not [line for line in found if "::" in line or not line.startswith("permit ")]
    assert "remark Owner: Network_team" in made["ciscoasa"]
    assert re.search(r"remark \d\.\d MICROSOFT-DS \(SMB\); rows smb; CHG 42\n", made["ciscoasa"])


def srx(text: str, source: str, to: str) -> dict[str, tuple[list[str], list[str], list[str]]]:
    """The policies of two zones: sources, destinations and ports, as the address book and the applications say."""
    words = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    book = dict(re.findall(r"address (\S+) ([0-9a-f:.]+/\d+);", words))
    book |= dict(re.findall(r"address (\S+) \{\s*dns-name (\S+);", words))
    sets = {
        name: sorted(book[one] for one in re.findall(r"address (\S+);", inner))
        for name, inner in re.findall(r"address-set (\S+) \{(.*?)\}", words, re.DOTALL)
    }
    sets["any"] = ["any"]
    ports: dict[str, list[str]] = {}
    for name, port in re.findall(r"application (\S+-app)\d+ \{\s*term \w+ protocol \w+ destination-port (\S+);", words):
        ports.setdefault(name, []).append(port)
    (zones,) = re.findall(rf"from-zone {source} to-zone {to} \{{(.*?)\n        \}}", words, re.DOTALL)
    found = {}
    for name, inner in re.findall(r"policy (\S+) \{(.*?)permit;", zones, re.DOTALL):
        ends = [re.findall(rf"{end}-address \[? ?(\S+?);? ?\]?;?\n", inner)[0] for end in ("source", "destination")]
        application = re.findall(r"application (\S+);", inner)[0]
        found[name] = (sets[ends[0]], sets[ends[1]], ports[application])
    return found


def test_juniper_srx(made: dict[str, str]) -> None:
    office = srx(made["srx"], "office", "servers")
    assert (["10.2.0.1/32", "10.2.0.2/31"], ["10.1.0.10/32"], ["8000"]) in office.values()
    assert (["fd00:2::7/128"], ["fd00:1::10/128"], ["8000"]) in office.values()
    assert (["fd00:2::7/128"], ["fd00:1::10/128"], ["49152-65535"]) in office.values()
    online = srx(made["srx"], "office", "Therefore-Online")
    assert sorted(online.values()) == [
        (["10.2.0.1/32"], ["203.0.113.7/32"], ["443"]), (["10.2.0.1/32"], ["tenant.example.com"], ["443"]),
    ]  # fmt: skip
    outside = srx(made["srx"], "Internet", "servers")
    assert sorted(outside.values()) == [
        (["any"], ["10.1.0.10/32"], ["443"]), (["any"], ["fd00:1::10/128"], ["443"]),
    ]  # fmt: skip


def palo_alto(text: str) -> set[tuple[str, ...]]:
    """The zones, sources, destinations and service of each rule."""
    system = ElementTree.fromstring(text).find("./devices/entry/vsys/entry")
    assert system is not None
    book = {one.attrib["name"]: one.findtext("ip-netmask", "") for one in system.findall("./address/entry")}
    groups = {
        one.attrib["name"]: " ".join(sorted(book[member.text or ""] for member in one.findall("./static/member")))
        for one in system.findall("./address-group/entry")
    }
    services = {
        one.attrib["name"]: f"{protocol.tag} {protocol.findtext('port')}"
        for one in system.findall("./service/entry") for protocol in one.findall("./protocol/*")
    }  # fmt: skip
    rules = system.findall("./rulebase/security/rules/entry")
    assert {one.findtext("action") for one in rules} == {"allow"}
    return {
        (
            member(one, "from"), member(one, "to"), groups.get(member(one, "source"), member(one, "source")),
            groups.get(member(one, "destination"), ""), services[member(one, "service")],
        )
        for one in rules
    }  # fmt: skip


def member(one: ElementTree.Element, kind: str) -> str:
    """The only one of its kind."""
    (found,) = one.findall(f"./{kind}/member")
    return found.text or ""


def test_palo_alto(made: dict[str, str]) -> None:
    found = palo_alto(made["paloalto"])
    assert ("office", "servers", "10.2.0.1/32 10.2.0.2/31", "10.1.0.10/32", "tcp 8000") in found
    assert ("office", "servers", "fd00:2::7/128", "fd00:1::10/128", "tcp 49152-65535") in found
    assert ("office", "servers", "fd00:2::7/128", "fd00:1::10/128", "udp 137") in found
    assert ("devices", "servers", "10.3.0.20/30 10.3.0.24/29 10.3.0.32/29", "10.1.0.10/32", "tcp 8373") in found
    assert {one for one in found if one[1] == "Therefore-Online"} == {
        ("office", "Therefore-Online", "10.2.0.1/32", "203.0.113.7/32", "tcp 443")
    }
    assert {one[2:] for one in found if one[0] == "Internet"} == {
        ("any", "10.1.0.10/32", "tcp 443"), ("any", "fd00:1::10/128", "tcp 443"),
    }  # fmt: skip


def test_nftables(made: dict[str, str]) -> None:
    found = {line.strip() for line in made["nftables"].splitlines()}
    end = "ct state new accept"
    assert f"ip saddr {{ 10.2.0.1/32, 10.2.0.2/31 }} ip daddr 10.1.0.10/32 tcp dport {{ 135, 139 }} {end}" in found
    assert f"ip6 saddr fd00:2::7/128 ip6 daddr fd00:1::10/128 tcp dport 49152-65535 {end}" in found
    assert f"ip saddr 10.2.0.1/32 ip daddr 203.0.113.7/32 tcp dport 443 {end}" in found
    assert f"ip daddr 10.1.0.10/32 tcp dport 443 {end}" in found
    assert "type filter hook forward priority 0; policy drop;" in found
    comments = re.findall(r'comment "(.*)"', made["nftables"])
    assert max(map(len, comments)) < 128
    # nft refuses a chain with two
    assert len(comments) == len(re.findall(r"^    chain ", made["nftables"], re.MULTILINE))


def test_no_target_is_a_host() -> None:
    # what Aerleon writes for Windows has neither profile nor group, and is there twice after a second run
    assert not {target.platform for target in TARGETS} & {"windows_advfirewall", "windows_ipsec"}


@pytest.mark.parametrize(
    ("target", "remarks"),
    [
        ("ciscoasa", {"its IPv6 part: Aerleon writes only IPv4 for it", "Aerleon takes no host names for it"}),
        ("srx", {"Aerleon takes no host name without a dot (tenant)"}),
        ("paloalto", {"Aerleon takes no host names for it"}),
        ("nftables", {"Aerleon takes no host names for it"}),
    ],
)
def test_what_a_target_lacks_is_said_in_its_file(target: str, remarks: set[str]) -> None:
    text = aerleon_files(sample(), BLANK)[f"aerleon/pol/therefore-{target}.yaml"]
    assert set(re.findall(r"^# Left out: \d+\.\d+: (.*)$", text, re.MULTILINE)) == remarks


def test_hostile_names_are_made_harmless(tmp_path: Path) -> None:
    segments = {
        HOSTILE: {"networks": ["10.2.0.0/24", "fd00:2::/64"]}, f"{HOSTILE}2": {"networks": ["10.3.0.0/24"]},
        "any": SHARED["therefore_segments"]["servers"],
    }  # fmt: skip
    report = sample(therefore_segments=segments)
    found = generate(tmp_path, aerleon_files(report, request_of(HOSTILE, "", HOSTILE)))
    assert [*found] == [target.name for target in TARGETS]
    for text in found.values():
        assert not [word for word in ("$(", "%PATH", "*/ ", "\\", "`", "<a>", "é") if word in text]
    assert {one[:2] for one in palo_alto(found["paloalto"])} == {
        ("x-reboot-PATH-a-e-long-lon", "any-2"),
        ("x-reboot-PATH-a-e-long-lon", "Therefore-Online"), ("x-reboot-PATH-a-e-long-lon-2", "any-2"),
        ("Internet", "any-2"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "name", ["", "10.2.0.0/24", "fd00::/8", "all", "MIXED", "日本", "a b", "a-b", "x" * 300, HOSTILE]
)
def test_zones_are_legal_and_no_two_the_same(name: str) -> None:
    zones = zone_names([name, "a-b", "A b", "net", *(f"{'x' * 300}{number}" for number in range(30))])
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,30}", zone) for zone in zones.values())
    lower = [zone.lower() for zone in zones.values()]
    assert len({*lower}) == len(lower) == len(zones)
    assert not {*lower} & RESERVED


def test_zones_keep_names_that_are_legal() -> None:
    assert zone_names(["DMZ", "office-2"]) == {"DMZ": "DMZ", "office-2": "office-2"}


def test_comments_are_plain_and_short() -> None:
    assert comment(" MFP – Web\nService é ") == "MFP - Web Service e"
    assert comment('a "b" */ c') == "a _b_ _/ c"
    assert len(comment("long " * 100)) <= 120


@pytest.mark.parametrize("target", TARGETS)
def test_the_last_day_and_the_owner(target: Any) -> None:
    policies: Any = yaml.safe_load(aerleon_files(sample(), FILLED)[policy_path(target)])
    terms = [term for one in policies["filters"] for term in one["terms"]]
    assert {str(term["expiration"]) for term in terms} == {"2999-12-31"}
    assert {term.get("owner") for term in terms} == ({"Network_team"} if target.owner else {None})
    without: Any = yaml.safe_load(aerleon_files(sample(), BLANK)[policy_path(target)])
    assert not [term for one in without["filters"] for term in one["terms"] if {"expiration", "owner"} & {*term}]


def test_aerleon_drops_what_has_expired(tmp_path: Path) -> None:
    found = generate(tmp_path, aerleon_files(sample(), request_of("", "2020-01-01", "")))
    assert "permit" not in found.get("ciscoasa", "")


def test_nothing_crosses() -> None:
    assert aerleon_files(report_on(inventory()), FILLED) == {}


def test_a_target_without_terms_has_no_file(tmp_path: Path) -> None:
    shared = {"therefore_online_endpoints": ["tenant.example.com"]}
    files = aerleon_files(report_on(inventory(shared, therefore_online_client=desks(1))), BLANK)
    assert [*files] == [DEFINITIONS, "aerleon/pol/therefore-srx.yaml"]
    found = generate(tmp_path, files)
    assert "dns-name tenant.example.com;" in found["srx"]


def test_the_same_inventory_gives_the_same_files() -> None:
    assert aerleon_files(sample(), FILLED) == aerleon_files(sample(), FILLED)
