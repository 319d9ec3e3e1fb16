#!/usr/bin/python
# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: prepared_hosts
short_description: What the inventory says of each host that plan and verify ask
version_added: 0.1.0
description:
  - Works out for each host of the play what its roles want and how others reach it. It works on the controller, and
    contacts no host; names of hosts are looked up there.
  - Wrong settings fail it.
extends_documentation_fragment:
  - therefore.firewall.on_controller
author:
  - The therefore.firewall authors (@therefore-firewall)
"""

EXAMPLES = r"""
- name: Look at the inventory
  therefore.firewall.prepared_hosts:
  register: inventory
  run_once: true
"""

RETURN = r"""
hosts:
  description: By host its roles, what is wanted of each, and what others ask to reach it, as verify_flows takes it.
  type: dict
  returned: success
  sample:
    desk.example.com:
      host: desk.example.com
      roles: [therefore_client]
      wanted: {therefore_client: {rules: [], egress: allow, left_out: []}}
      addresses: [192.0.2.10]
      ansible_host: desk.example.com
      server_name: ""
      targets: {"192.0.2.10": ["192.0.2.10"]}
"""
