#!/usr/bin/python
# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: check_settings
short_description: Checks the settings of all hosts before any of them is touched
version_added: 0.1.0
description:
  - Fails where no host of the run is in a group of the collection, and where a setting of any of its hosts is wrong,
    all of them at once. It works on the controller, and contacts no host.
  - A variable whose name can only be a misspelt one of ours is refused with the name that was probably meant, whatever
    it holds; only names are looked at. C(therefore_allow_unknown_variables=true) is for sites that have variables of
    their own with such names. Other variables that begin with C(therefore_) are named once. A group that can only be a
    misspelt one of ours is refused in the same way, where none of its hosts is in a group of ours.
  - Hosts with a connection for network devices, or with another system than Linux or Windows, are refused.
options:
  groups:
    description: The groups of which at least one must have a host in this run.
    type: list
    elements: str
    default: [therefore_server, therefore_client, therefore_mfp_gateway, therefore_online_client]
  allow_empty:
    description: Whether a run without such a host is right.
    type: bool
    default: false
  settings:
    description: Whether the settings are checked, or only that there are hosts.
    type: bool
    default: true
  fail:
    description:
      - Whether wrong settings of hosts fail this task. A task that runs once fails for the first host of the run,
        whoever has the wrong settings; V(false) leaves it to a task that follows to fail for each of RV(wrong_hosts).
      - A setting of the whole, and a run without hosts, fail it in any case.
    type: bool
    default: true
extends_documentation_fragment:
  - therefore.firewall.on_controller
author:
  - The therefore.firewall authors (@therefore-firewall)
"""

EXAMPLES = r"""
- name: Check the settings of every host before any host changes
  hosts: all:localhost
  gather_facts: false
  any_errors_fatal: true
  tasks:
    - name: Check them
      therefore.firewall.check_settings:
      run_once: true
"""

RETURN = r"""
hosts:
  description: The hosts of this run that are in one of the groups.
  type: list
  elements: str
  returned: always
  sample: [archive.example.com]
wrong:
  description: What is wrong with the settings, a line each, with the hosts that it is for.
  type: list
  elements: str
  returned: always
  sample:
    - "archive.example.com: therefore_server_egress: 'dney' is unknown; did you mean deny? Valid: allow, deny"
wrong_hosts:
  description: The hosts whose settings are wrong, with what is wrong with them.
  type: dict
  returned: always
  sample:
    archive.example.com: ["therefore_server_egress: 'dney' is unknown; did you mean deny? Valid: allow, deny"]
"""
