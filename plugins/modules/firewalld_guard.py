#!/usr/bin/python
# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: firewalld_guard
short_description: Confirms a guarded change of firewall rules, or arms the guard before firewalld's first start
version_added: 0.1.0
description:
  - The host itself puts a guarded change back unless somebody confirms it in time.
    M(therefore.firewall.firewalld_ruleset) arms the guard for its own changes; this module confirms them. Do so over
    a connection that was opened after the change. Over the ssh connection that was there before it, a confirmation is
    refused.
  - Before firewalld's first start the guard is armed with this module. What it puts back then is a stopped firewalld,
    with the rules, the default zone and the service's state that were there.
  - The guard is a timer of systemd. Nothing of it is left on the host once it was confirmed or has acted.
requirements:
  - systemd on the host.
  - Python 3.7 or newer on the host.
options:
  state:
    description:
      - V(confirmed) disarms the guard; the change stays. Fails when the host has gone back already.
      - V(armed) saves the state of a host on which firewalld does not run, and arms the guard.
    type: str
    choices: [armed, confirmed]
    required: true
  token:
    description: For O(state=confirmed), the token that the guarded change returned.
    type: str
  name:
    description: For O(state=armed), the name of the rule set that will be applied under the guard.
    type: str
  seconds:
    description: For O(state=armed), how long to wait for the confirmation; 10 to 3600 seconds.
    type: int
    default: 60
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  platform:
    support: full
    platforms: linux
seealso:
  - module: therefore.firewall.firewalld_ruleset
author:
  - The therefore.firewall authors (@therefore-firewall)
"""

EXAMPLES = r"""
- name: Keep a guarded change
  therefore.firewall.firewalld_guard:
    state: confirmed
    token: "{{ applied.guard.token }}"

- name: Go back to a stopped firewalld unless that is confirmed within two minutes
  therefore.firewall.firewalld_guard:
    state: armed
    name: archive
    seconds: 120
  register: armed
"""

RETURN = r"""
guard:
  description: The guard, armed or just confirmed.
  type: dict
  returned: success
  contains:
    armed:
      description: Whether it is armed now.
      type: bool
    needed:
      description: Always V(true); see RV(therefore.firewall.firewalld_ruleset#module:guard).
      type: bool
    token:
      description: What confirms the change. Not in check mode.
      type: str
    seconds:
      description: How long the guard waits. Not for a confirmation in check mode.
      type: int
    until:
      description: When the host puts its former state back. Not in check mode.
      type: str
  sample: {armed: true, needed: true, token: 3f1c5f0c8b8f1a2b, seconds: 60, until: "2026-11-25T08:30:00Z"}
"""

from contextlib import nullcontext
from typing import Any, Dict

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import lock
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import (
    RulesetError,
    State,
    object_prefix,
)
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.session import FirewalldError
from ansible_collections.therefore.firewall.plugins.module_utils._guard import guard as _guard
from ansible_collections.therefore.firewall.plugins.module_utils._guard import restore
from ansible_collections.therefore.firewall.plugins.module_utils._guard.watch import answer, check_seconds, new_record

OPTIONS: Dict[str, Dict[str, Any]] = {
    "state": {"type": "str", "choices": ["armed", "confirmed"], "required": True},
    # not a secret: without access to the host it opens nothing
    "token": {"type": "str", "no_log": False},
    "name": {"type": "str"},
    "seconds": {"type": "int", "default": 60},
}


def arm(name: str, seconds: int, check_mode: bool) -> Dict[str, Any]:
    """Arm before firewalld's first start. Raises RulesetError or GuardError."""
    object_prefix(name)
    check_seconds("seconds", seconds)
    record = new_record(name, seconds, State(), State())
    if record.firewalld_ran:
        raise _guard.GuardError(
            "state: firewalld runs on this host, where firewalld_ruleset arms the guard for its own changes; "
            "use its option guard"
        )
    _guard.refuse_while_armed()
    if check_mode:
        return {"armed": False, "needed": True, "seconds": seconds}
    _guard.arm(record, restore.__name__)
    return answer(record)


def confirm(token: str, check_mode: bool) -> Dict[str, Any]:
    """Disarm. Raises GuardError."""
    record = _guard.owned(token)
    proved = _guard.proved(record)
    if not check_mode:
        _guard.confirm(token)
    return {**answer(record), "armed": check_mode, "proved": proved}


def main() -> None:
    """Module entry point."""
    module = AnsibleModule(
        argument_spec=OPTIONS,
        required_if=[("state", "armed", ["name"]), ("state", "confirmed", ["token"])],
        supports_check_mode=True,
    )
    try:
        lock.require_root()
        with nullcontext() if module.check_mode else lock.held(lock.default_path()):
            if module.params["state"] == "armed":
                guard = arm(module.params["name"], module.params["seconds"], module.check_mode)
            else:
                guard = confirm(module.params["token"], module.check_mode)
    except (RulesetError, FirewalldError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=True, guard=guard)


if __name__ == "__main__":
    main()
