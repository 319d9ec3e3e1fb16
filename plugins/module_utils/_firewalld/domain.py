# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Members of a domain need a way to its domain controllers, whatever else is refused. For both ends of Ansible."""

from __future__ import annotations

import configparser
import glob
from typing import Any, Dict, Iterable, List, Optional, Sequence, Tuple

# What every member asks a controller for: Kerberos, LDAP, and the LDAP ping by which it finds one. Without them nobody
# logs on, and Windows does not give a network the Domain profile.
WAYS = (("tcp", 88), ("tcp", 389), ("udp", 389))

# What realmd writes when it joins a host: for sssd, or for winbind.
SSSD_FILES = ("/etc/sssd/sssd.conf", "/etc/sssd/conf.d/*.conf")
SAMBA_FILES = ("/etc/samba/smb.conf",)
DOMAIN_PROVIDERS = ("ad", "ipa")


def missing_ways(rules: Iterable[Dict[str, Any]], profiles: Sequence[str] = ()) -> List[str]:
    """The ways to a domain controller, as C(88/tcp), that these rules do not open; on all of these profiles, if any."""
    outbound = [rule for rule in rules if rule["direction"] == "out" and rule["action"] == "allow"]
    return [
        "%s/%s" % (port, protocol)
        for protocol, port in WAYS
        if not _opened(port, [rule for rule in outbound if rule["protocol"] == protocol], profiles)
    ]


def _opened(port: int, rules: List[Dict[str, Any]], profiles: Sequence[str]) -> bool:
    opening = [rule for rule in rules if any(_holds(str(text), port) for text in rule["ports"])]
    if not profiles:
        return bool(opening)
    return all(any(profile in rule["profiles"] for rule in opening) for profile in profiles)


def _holds(text: str, port: int) -> bool:
    if text.lower() == "any":
        return True
    low, _dash, high = text.partition("-")
    return low.isdigit() and (high or low).isdigit() and int(low) <= port <= int(high or low)


def joined_by(root: str = "") -> Optional[str]:
    """The file that says that this Linux host is a member of a domain; nothing where none does."""
    for path, sections in _read(root, SSSD_FILES):
        if any(_value(options, "id_provider") in DOMAIN_PROVIDERS for options in sections):
            return path
    for path, sections in _read(root, SAMBA_FILES):
        if any(_value(options, "security") in ("ads", "domain") for options in sections):
            return path
    return None


def _value(options: Dict[str, str], name: str) -> str:
    return (options.get(name) or "").strip().lower()


def _read(root: str, patterns: Iterable[str]) -> List[Tuple[str, List[Dict[str, str]]]]:
    """The sections of each file that is there and can be read as one."""
    found = []
    for pattern in patterns:
        for path in sorted(glob.glob(root + pattern)):
            parser = configparser.RawConfigParser(strict=False, allow_no_value=True, comment_prefixes=("#", ";"))
            try:
                with open(path, encoding="utf-8", errors="replace") as lines:
                    parser.read_string("".join(line.strip() + "\n" for line in lines))
            except (OSError, configparser.Error):
                continue
            found.append((path, [dict(parser.items(section)) for section in parser.sections()]))
    return found


def refused_words(variable: str, who: str, ways: Sequence[str], remedy: str, where: str = "") -> str:
    """Why deny is refused on a member of a domain, and what to do."""
    return "%s: deny would keep %s from its domain controllers: no rule lets %s out%s; %s, or set %s: allow" % (
        variable,
        who,
        ", ".join(ways),
        where,
        remedy,
        variable,
    )
