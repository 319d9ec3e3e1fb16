#!/usr/bin/python
# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: show
short_description: Prints a text as it is
version_added: 0.1.0
description:
  - Prints a text of several lines on the controller, without the quotes and escapes that
    M(ansible.builtin.debug) puts around it. The playbooks of this collection print their plans and tables with it.
options:
  text:
    description: The text.
    type: str
    required: true
extends_documentation_fragment:
  - therefore.firewall.on_controller
author:
  - The therefore.firewall authors (@therefore-firewall)
"""

EXAMPLES = r"""
- name: Print a list of hosts
  therefore.firewall.show:
    text: "{{ groups.all | join('\n') }}"
  run_once: true
"""

RETURN = r"""
text:
  description: The text. With a stdout callback for programs, such as P(ansible.posix.json#callback), it is here only.
  returned: success
  type: str
  sample: "Plan for 2 hosts: 0 to create"
"""
