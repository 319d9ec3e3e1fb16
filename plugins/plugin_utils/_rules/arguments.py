# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ansible says of a role's arguments, which the role's own task says in its place. Pure.

Ansible has a task for it, a process of its own for each host: the roles' C(meta/argument_specs) takes it away.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.variables import options_of

FAILED = "Validation of arguments failed:\n"


def wrong_arguments(role: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The result of Ansible's task where the arguments do not fit their specification, an empty one where they do.

    Args:
        role: The role's name.
        given: Those of its variables that are set.
    """
    options = options_of(role)
    errors = ArgumentSpecValidator(options).validate(dict(given), validate_role_argument_spec=True).error_messages
    if not errors:
        return {}
    said = {"msg": FAILED + "\n".join(errors), "argument_errors": errors, "argument_spec_data": options}
    return {"failed": True, "changed": False, **said}
