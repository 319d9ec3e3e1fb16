#!/usr/bin/python
# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: read_artifacts
short_description: Takes what the jobs of a workflow in slices handed on
version_added: 0.1.0
description:
  - Reads what the playbook prepare handed on, and joins what the slices did. It works on the controller, and contacts
    no host.
  - Fails where something is missing, comes twice, or is of another inventory, of another run of the workflow or of
    another version of the collection. Nothing is joined by halves.
options:
  folder:
    description:
      - A folder that all jobs of the workflow share. Without it they hand it on in variables, as
        M(ansible.builtin.set_stats) does for AWX.
    type: path
  steps:
    description: The steps of which all slices are joined.
    type: list
    elements: str
    choices: [plan, listen, send, stop]
    default: []
  whole:
    description: Whether the inventory of this job must have every host that prepare saw.
    type: bool
    default: false
  own:
    description: Whether it is enough that the hosts of this job are among what was joined.
    type: bool
    default: false
extends_documentation_fragment:
  - therefore.firewall.on_controller
author:
  - The therefore.firewall authors (@therefore-firewall)
"""

EXAMPLES = r"""
- name: Join the plans of all slices
  therefore.firewall.read_artifacts:
    folder: /shared/firewall
    steps: [plan]
    whole: true
  register: joined
  run_once: true
"""

RETURN = r"""
hosts:
  description: By host what the inventory says of it, and what it said itself after the steps.
  type: dict
  returned: success
  sample: {desk.example.com: {host: desk.example.com, results: []}}
plans:
  description: What the step plan found on each host, as plan_document takes it.
  type: list
  elements: dict
  returned: success
  sample: [{host: desk.example.com, sets: {}}]
flows:
  description: What must pass and what must not, as verify_flows gives it.
  type: dict
  returned: success
  sample: {}
nonce:
  description: The word by which the probes of this workflow know each other.
  type: str
  returned: success
  sample: abcdefghijklmnopqrstuvwxyzabcdef
planned:
  description: The hosts of which there must be a plan.
  type: list
  elements: str
  returned: success
  sample: [desk.example.com]
limited:
  description: Whether prepare ran for some hosts only.
  type: bool
  returned: success
  sample: false
text:
  description: How many slices each step had.
  type: str
  returned: success
  sample: "plan: 3 slices, 0 of them without hosts of ours; 12 hosts"
"""
