# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""firewalld 1.3 and 2.3 with the iptables backend."""

from __future__ import annotations

from conftest import FRIEND, FRIENDS, STRANGER, STRANGERS
from iptables_backend import IptablesBackend


class TestIptablesBackend(IptablesBackend):
    """The tests of the backend, between the hosts of this scenario."""

    friend, friends = FRIEND, FRIENDS
    stranger, strangers = STRANGER, STRANGERS
