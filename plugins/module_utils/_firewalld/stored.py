# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is stored of ours, and what a reload reads anew of others, read from the files by firewalld's own code.

That takes a fraction of the time of asking firewalld, which moreover learns late, or never, of a file that somebody
edited. It is asked about an object that is damaged or has no file, and where its code is not there.
"""

from __future__ import annotations

import importlib.util
import os
from contextlib import suppress
from typing import Any, Dict, List, Optional

STORED = "/etc/firewalld"
# an administrator's file comes before that of the distribution
FOLDERS = {
    "policy": [f"{STORED}/policies"],
    "ipset": [f"{STORED}/ipsets"],
    "service": [f"{STORED}/services", "/usr/lib/firewalld/services"],
}


def settings(kind: str, names: List[str]) -> Dict[str, Any]:
    """The settings of these policies, ipsets or services, by name and as over D-Bus, as far as they can be read."""
    if not names:
        return {}
    try:
        code = importlib.import_module(f"firewall.core.io.{kind}")
    except ImportError:
        return {}
    read = getattr(code, f"{kind}_reader")
    found = {}
    for name in names:
        try:
            folder = next((one for one in FOLDERS[kind] if os.path.exists(f"{one}/{name}.xml")), FOLDERS[kind][0])
            one = read(f"{name}.xml", folder)
            found[name] = list(one.export_config()) if kind == "ipset" else one.export_config_dict()
        except Exception:  # noqa: S112 (whatever its reader says, firewalld says it better)
            continue
    return found


def direct() -> Optional[List[List[Any]]]:
    """The stored direct chains, rules and passthroughs; none where firewalld could not read them."""
    path = f"{STORED}/direct.xml"
    if not os.path.exists(path):
        return [[], [], []]
    try:
        one = importlib.import_module("firewall.core.io.direct").Direct(path)
        one.read()
        return [[list(given) for given in every] for every in one.export_config()]
    except Exception:  # whatever its reader says, firewalld says it better
        return None


def has_lockdown() -> bool:
    """Whether this firewalld has a lockdown: it was taken out of its code, and the setting stayed."""
    with suppress(ImportError):
        return importlib.util.find_spec("firewall.core.fw_policies") is not None
    return False


def setting(name: str) -> Optional[str]:
    """What firewalld.conf says; none where it cannot be read."""
    try:
        conf = importlib.import_module("firewall.core.io.firewalld_conf").firewalld_conf(f"{STORED}/firewalld.conf")
        conf.read()
        given = conf.get(name)
    except Exception:  # whatever its reader says, firewalld says it better
        return None
    return None if given is None else str(given)
