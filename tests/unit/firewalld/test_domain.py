# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Members of a domain, and whether rules leave them a way to their domain controllers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.domain import joined_by, missing_ways

PROFILES = ("domain", "private", "public")


def rule(protocol: str, *ports: Any, **changed: Any) -> dict[str, Any]:
    plain = {"direction": "out", "action": "allow", "profiles": list(PROFILES)}
    return {**plain, "protocol": protocol, "ports": list(ports), **changed}


@pytest.mark.parametrize(
    ("rules", "missing"),
    [
        ([], ["88/tcp", "389/tcp", "389/udp"]),
        ([rule("tcp", 88, "300-400"), rule("udp", 389)], []),
        ([rule("tcp", "any"), rule("udp", "any")], []),
        ([rule("tcp", 88), rule("tcp", 389)], ["389/udp"]),
        ([rule("tcp", 88, 389, direction="in"), rule("udp", 389)], ["88/tcp", "389/tcp"]),
        ([rule("tcp", 88, 389, action="block"), rule("udp", 389)], ["88/tcp", "389/tcp"]),
    ],
)
def test_ways(rules: list[dict[str, Any]], missing: list[str]) -> None:
    assert missing_ways(rules) == missing


def test_a_way_must_be_there_on_every_profile() -> None:
    on_domain = [rule("tcp", 88, 389, profiles=["domain"]), rule("udp", 389, profiles=["domain"])]
    assert missing_ways(on_domain) == []
    assert missing_ways(on_domain, PROFILES) == ["88/tcp", "389/tcp", "389/udp"]
    others = [{**one, "profiles": ["private", "public"]} for one in on_domain]
    assert missing_ways([*on_domain, *others], PROFILES) == []


@pytest.mark.parametrize(
    ("path", "text", "joined"),
    [
        ("etc/sssd/sssd.conf", "[sssd]\ndomains = corp\n[domain/corp]\n  id_provider = ad\n", True),
        ("etc/sssd/sssd.conf", "[domain/corp]\nid_provider=IPA\n", True),
        ("etc/sssd/conf.d/corp.conf", "[domain/corp]\nid_provider = ad\n", True),
        ("etc/sssd/sssd.conf", "[domain/shadow]\nid_provider = files\n", False),
        ("etc/sssd/sssd.conf", "# [domain/corp]\n# id_provider = ad\n", False),
        ("etc/sssd/sssd.conf", "no section\n", False),
        ("etc/samba/smb.conf", "[global]\n   security = ADS\n; a comment\n", True),
        ("etc/samba/smb.conf", "[global]\n   security = user\n[print$]\n   path = %p\n", False),
    ],
)
def test_who_is_a_member(path: str, text: str, joined: bool, tmp_path: Path) -> None:
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.write_text(text)
    assert joined_by(str(tmp_path)) == (str(file) if joined else None)


def test_a_host_without_these_files_is_no_member(tmp_path: Path) -> None:
    assert joined_by(str(tmp_path)) is None
