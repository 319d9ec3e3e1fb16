# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of firewalld's configuration that a guarded change may touch."""

from __future__ import annotations

import os
import re
from typing import List, Sequence

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.adopted import Duplicate
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.files import stored
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import object_prefix

CONFIGURATION = "/etc/firewalld"
ZONES = f"{CONFIGURATION}/zones"
DEFAULT_ZONE = re.compile(r"^\s*DefaultZone\s*=\s*(\S+)", re.MULTILINE)


def watched(set_name: str, firewalld_ran: bool, adopted: Sequence[Duplicate] = ()) -> List[str]:
    """Paths of the files, present now, that a change of this set may touch, which takes these rules of others away."""
    # what else is in those zones is their owner's, so that firewalld puts the rules back: it leaves a backup
    paths = {f"{ZONES}/{one.zone}.xml.old" for one in adopted}
    if not firewalld_ran:
        # the management port is opened in the default zone before firewalld's first start
        zone = f"{ZONES}/{default_zone()}.xml"
        paths |= {zone, f"{zone}.old"}
    return [*stored(object_prefix(set_name)), *(path for path in sorted(paths) if os.path.exists(path))]


def default_zone() -> str:
    """The zone of everything that has no other, as firewalld's configuration file says."""
    try:
        with open(f"{CONFIGURATION}/firewalld.conf", encoding="utf-8") as file:
            found = DEFAULT_ZONE.search(file.read())
    except OSError:
        found = None
    return found.group(1) if found else "public"
