# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules share that have no half on the host."""

from __future__ import annotations


class ModuleDocFragment:
    """The attributes of a module that is an action on the controller; one that differs has its own."""

    DOCUMENTATION = r"""
attributes:
  action:
    description: Is done by an action plugin on the controller.
    support: full
  async:
    description: Can run with the keyword C(async).
    support: none
  bypass_host_loop:
    description: Runs once for all hosts of a play, whatever the play says.
    support: none
  check_mode:
    description: Can run in check mode, and says there what it would do.
    support: full
  diff_mode:
    description: Shows with C(--diff) what it changes.
    support: none
  platform:
    description: The hosts for which it can run.
    platforms: all
    support: full
"""
