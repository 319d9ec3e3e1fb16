#!/usr/bin/python
# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: apply_ruleset
short_description: Applies one named set of firewall rules to a host, in one task
version_added: 0.1.0
description:
  - What the role P(therefore.firewall.ruleset#role) runs, which says more of each option. Use that role, or the role of
    the host.
  - It works out the rules, where it is told a role, and calls the modules of the host's platform one after another, as
    many as the host needs. A host that is right already costs one call, and the controller one process.
options:
  name:
    description: Name of the set. It must be there, as O(group) and O(platform) must, unless O(of_role) finds them.
    type: str
  group:
    description: The group of the rules on Windows.
    type: str
  platform:
    description: The means by which the rules are applied.
    type: str
    choices: [linux, windows, unsupported]
  rules:
    description: The rules, unless O(role) says them.
    type: raw
    default: []
  role:
    description: The role whose rules are wanted, such as V(therefore_server).
    type: str
  settings:
    description: The settings of O(role) without their prefix.
    type: dict
  state:
    description: Whether the host shall have the set.
    type: str
    choices: [present, absent]
    default: present
  egress:
    description: What becomes of other outbound traffic.
    type: str
    choices: [allow, deny]
    default: allow
  block_public:
    description: Whether inbound rules of scope V(domain) get a block of everybody else.
    type: bool
    default: false
  block_action:
    description: On Linux, what becomes of traffic that block rules refuse.
    type: str
    choices: [reject, drop]
    default: reject
  log:
    description: On Linux, whether the kernel logs what is refused.
    type: bool
    default: false
  plan_only:
    description: Compare only, and change nothing.
    type: bool
    default: false
  guard:
    description: Which changes the host takes back by itself unless they are confirmed over a new connection.
    type: str
    choices: [auto, always, never]
    default: auto
  guard_seconds:
    description: How long a guarded change waits for that.
    type: int
    default: 60
  apply:
    description: How the rules that differ are applied on Windows.
    type: str
    choices: [one_call, one_by_one]
    default: one_call
  adopt:
    description: Whether rules of others go that the set makes needless.
    type: bool
    default: false
  manage_firewalld:
    description: On Linux, whether a firewalld that does not run is installed and started.
    type: bool
    default: false
  management_port:
    description: The TCP port that Ansible uses.
    type: int
    default: 22
  management_ports:
    description: On Windows, all TCP ports that Ansible may use.
    type: list
    elements: int
    default: []
  close_in_zones:
    description: On Linux, the zones in which ports of the set are closed that somebody opened.
    type: list
    elements: str
    default: []
  variable_prefix:
    description: How the variables begin that messages name.
    type: str
    default: ruleset
  of_role:
    description: >-
      Take what is not given from the variables of O(role), or of the role P(therefore.firewall.ruleset#role) where none
      is told, such as O(egress) from C(ruleset_egress). Only those are templated that are templates, which costs the
      controller a fraction of arguments that name them.
    type: bool
    default: false
extends_documentation_fragment:
  - therefore.firewall.on_controller
attributes:
  diff_mode:
    support: full
author:
  - The therefore.firewall authors (@therefore-firewall)
"""

EXAMPLES = r"""
- name: Allow metrics
  therefore.firewall.apply_ruleset:
    name: metrics
    group: Metrics
    platform: linux
    rules:
      - id: metrics-in-tcp
        direction: in
        protocol: tcp
        ports: [9100]
        peers: [192.0.2.20]
"""

RETURN = r"""
changes:
  description: What was changed, or would be in check mode, as M(therefore.firewall.firewalld_ruleset) returns it.
  type: list
  elements: dict
  returned: when the host was compared
unchanged:
  description: Number of wanted rules that were there already.
  type: int
  returned: when the host was compared
findings:
  description:
    - What stands in the way of the rules, as M(therefore.firewall.firewalld_ruleset) and
      P(therefore.firewall.plan#filter) return it. It is shown, unless it was asked for a plan only.
  type: list
  elements: dict
  returned: when the host was compared
worked_out:
  description: A fingerprint of the rules of each role that this run has applied to the host so far.
  type: dict
  returned: when O(role) is given
steps_done:
  description:
    - What was done besides comparing the host, and on Linux applying the rules. Each step by its name, with what its
      module returned.
  type: dict
  returned: when there was something to do, and nothing failed
"""
