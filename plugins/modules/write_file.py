#!/usr/bin/python
# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: write_file
short_description: Writes a file on the controller
version_added: 0.1.0
description:
  - Writes a text, or a structure as JSON, into a file on the controller. The playbooks of this collection write their
    plans and verifications with it.
  - No host is contacted, and nothing that the inventory says of connections, users, shells and interpreters counts.
  - The file is written whole or not at all.
options:
  path:
    description:
      - The file. A relative path begins at the folder in which ansible-playbook was called.
      - Its folder is made where there is none.
    type: path
    required: true
  content:
    description: What it shall hold. A text as it is, all else as JSON.
    type: raw
    required: true
  variable:
    description: The variable that names the file, for messages.
    type: str
    default: path
extends_documentation_fragment:
  - therefore.firewall.on_controller
attributes:
  check_mode:
    support: none
    details: A plan is made in check mode, and its file is what it is for. It writes in check mode, too.
author:
  - The therefore.firewall authors (@therefore-firewall)
"""

EXAMPLES = r"""
- name: Write the rules of all hosts to a file
  therefore.firewall.write_file:
    path: rules.json
    content: "{{ query('therefore.firewall.ports') }}"
  run_once: true
"""

RETURN = r"""
path:
  description: The file, as an absolute path.
  returned: success
  type: str
  sample: /home/admin/firewall/plan.json
"""
