# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is stored of our objects, read from their files by firewalld's own code.

That takes a fraction of the time of asking firewalld, which moreover learns late, or never, of a file that somebody
edited. It is asked about an object that is damaged or has no file, and where its code is not there.
"""

from __future__ import annotations

import importlib
from typing import Any, Dict, List

FOLDERS = {"policy": "/etc/firewalld/policies", "ipset": "/etc/firewalld/ipsets"}


def settings(kind: str, names: List[str]) -> Dict[str, Any]:
    """The settings of these policies or ipsets, by name and as over D-Bus, as far as they can be read here."""
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
            one = read(f"{name}.xml", FOLDERS[kind])
            found[name] = one.export_config_dict() if kind == "policy" else list(one.export_config())
        except Exception:  # noqa: S112 (whatever its reader says, firewalld says it better)
            continue
    return found
