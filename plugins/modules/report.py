#!/usr/bin/python
# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: report
short_description: Papers about the ports of a whole inventory
version_added: 0.1.0
description:
  - Reads the inventory, works out the rules of every host of the groups C(therefore_server), C(therefore_client),
    C(therefore_mfp_gateway) and C(therefore_online_client), and writes a folder of papers about them on the controller.
  - No host is contacted and no name is resolved. What differs on the hosts, and what the packets proved, comes from the
    files that the playbooks plan and verify write.
  - The variables of the roles count as they are in the inventory, host by host; those of the task or the play do not.
  - C(therefore_segments) says which networks there are, as in the examples. Without it each of
    C(therefore_trusted_subnets) is a network of its own. The roles of a network are those of machines there that
    Ansible does not manage, such as clients under group policy. Their settings are those of the host of the task.
  - A host is where its C(therefore_addresses) are, or else its C(ansible_host). One whose address is not fixed names
    its network in C(therefore_segment).
  - The folder is replaced as a whole or not at all. One that holds anything else is refused.
options:
  folder:
    description: The folder on the controller. It is made where there is none.
    type: path
    required: true
  plan_file:
    description: What the playbook plan wrote to C(therefore_plan_file). Files of other hosts are refused.
    type: path
  verify_file:
    description: What the playbook verify wrote to C(therefore_verify_file). Files of other hosts are refused.
    type: path
  owner:
    description: Who answers for the change request, for C(change-request.md) and the files for Aerleon.
    type: str
  expires:
    description:
      - The last day of what the change request asks for, such as C(2027-03-31).
      - Aerleon leaves out what has expired, so that its files are empty after that day.
    type: str
  reference:
    description: The number of the change request where it is kept.
    type: str
  requester:
    description: Who asks for the change, for the head of the change request.
    type: str
  contact:
    description: How to reach them, for the head of the change request.
    type: str
  system:
    description: The system, as the network team knows it, for the head of the change request.
    type: str
  window:
    description: When the change may be made, for the head of the change request.
    type: str
  risk:
    description: What may go wrong, for the head of the change request.
    type: str
  rollback:
    description: How to take the change back, for the head of the change request.
    type: str
  logging:
    description: What the firewall shall log, for the head of the change request.
    type: str
  last_request:
    description:
      - The C(change-request.csv) or C(report.json) of the last report. Each line of the change request then says
        whether it is new, changed or unchanged, and what is no longer needed is listed.
    type: path
  installation:
    description:
      - A word of letters, digits and hyphens, such as C(Munich), that goes into the names of the rules for group policy
        and Intune. A machine that gets rules of the same names from two installations has one of each two only.
    type: str
    default: ""
extends_documentation_fragment:
  - therefore.firewall.on_controller
attributes:
  check_mode:
    support: full
    details: Everything is worked out, and nothing is written.
author:
  - The therefore.firewall authors (@therefore-firewall)
"""

EXAMPLES = r"""
# In the inventory, for all hosts:
#
# therefore_segments:
#   servers:
#     networks: [192.0.2.0/26, "2001:db8:10::/66"]
#   office:
#     networks: [192.0.2.128/25]
#     roles: [therefore_client]

- name: Write a report of the inventory
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Write the report
      therefore.firewall.report:
        folder: report
"""

RETURN = r"""
folder:
  description: The folder, as an absolute path.
  type: str
  returned: success
  sample: /srv/report
files:
  description: The files in it.
  type: list
  elements: str
  returned: success
  sample: [change-request.csv, change-request.md, matrix.csv, report.html, report.json, report.md, rules.csv]
totals:
  description: Numbers of hosts, rules, changes and findings, and of the matrix' cells by state.
  type: dict
  returned: success
  sample: {hosts: 2, groups: 4, segments: 2, rules: 40, flows: 31, changes: 0, findings: 1, states: {allowed: 20}}
findings:
  description: What is wrong, in the way or not known; each with C(level), C(kind), C(host), C(text) and C(remedy).
  type: list
  elements: dict
  returned: success
  sample:
    - level: note
      kind: address
      host: archive
      text: no address is known
      remedy: Set therefore_addresses.
text:
  description: The same in a few lines.
  type: str
  returned: success
  sample: 2 hosts, 40 rules, 0 changes to make
"""
