# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets the tests import the collection, and gives hypothesis the time it needs."""

from __future__ import annotations

from collection import make_importable
from hypothesis import settings

make_importable()

# a busy machine is no reason to fail
settings.register_profile("therefore", deadline=None)
settings.load_profile("therefore")
