#!/usr/bin/python
# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: role_rules
short_description: Works out the rules of one role for a host
version_added: 0.1.0
description:
  - What the entry points C(check) and C(rules) of the roles run. It works on the controller, and contacts no host.
  - It refuses wrong settings, variables whose names are misspelt ones of ours, and hosts that can have no such rules.
    M(therefore.firewall.check_settings) looks at all hosts at once.
options:
  role:
    description: The role, such as V(therefore_server).
    type: str
    required: true
  settings:
    description:
      - The role's settings without their prefix, as P(therefore.firewall.rules_for#filter) takes them.
      - Unset, they are read from the role's variables, such as C(therefore_server_components).
    type: dict
  management_port:
    description:
      - The port over which Ansible manages the host, as far as variables say it. A play whose keyword C(port) says
        another is refused, since the rules would keep the wrong port open.
      - Unset, the keyword is not looked at.
    type: int
    version_added: 1.0.0
extends_documentation_fragment:
  - therefore.firewall.on_controller
author:
  - The therefore.firewall authors (@therefore-firewall)
"""

EXAMPLES = r"""
- name: Work out what a client needs
  therefore.firewall.role_rules:
    role: therefore_client
    settings:
      trusted_subnets: [192.0.2.0/24]
  register: client
"""

RETURN = r"""
rules:
  description: The rules, as P(therefore.firewall.rules_for#filter) returns them.
  type: list
  elements: dict
  returned: success
left_out:
  description: The rows that the role would have but for a setting.
  type: list
  elements: dict
  returned: success
  contains:
    row:
      description: The row's id.
      type: str
    by:
      description: The setting, such as V(therefore_client_leave_out).
      type: str
egress:
  description: What shall happen to other outbound traffic, V(allow) or V(deny).
  type: str
  returned: success
  sample: allow
"""
