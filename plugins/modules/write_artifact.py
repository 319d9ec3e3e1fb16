#!/usr/bin/python
# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: write_artifact
short_description: Hands on what a job of a workflow in slices found
version_added: 0.1.0
description:
  - The playbooks prepare, plan and probe hand on with it what the jobs after them take. It works on the controller, and
    contacts no host.
  - A slice is known by the names of its hosts. What it hands on has a name of its own, so that no two overwrite each
    other, and a slice that runs again replaces what it wrote.
options:
  kind:
    description: Which step it is of.
    type: str
    choices: [prepare, plan, listen, send, stop]
    required: true
  folder:
    description:
      - A folder that all jobs of the workflow share. Without it they hand it on in variables, as
        M(ansible.builtin.set_stats) does for AWX.
    type: path
  content:
    description: With O(kind=prepare), what all steps take.
    type: dict
    default: {}
  fact:
    description: With the other steps, the fact that has what a host said. Hosts without it are left out.
    type: str
extends_documentation_fragment:
  - therefore.firewall.on_controller
attributes:
  check_mode:
    support: none
    details: A plan is made in check mode, and what it hands on is what it is for. It writes in check mode, too.
author:
  - The therefore.firewall authors (@therefore-firewall)
"""

EXAMPLES = r"""
- name: Hand on the plans of the hosts of this slice
  therefore.firewall.write_artifact:
    kind: plan
    folder: /shared/firewall
    fact: plan_of_host
  run_once: true
"""

RETURN = r"""
name:
  description: Under which name it is handed on.
  type: str
  returned: success
  sample: plan_0123456789abcdef
hosts:
  description: The hosts in it.
  type: list
  elements: str
  returned: success
  sample: [desk.example.com]
"""
