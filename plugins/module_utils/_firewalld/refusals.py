# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the host's state forbids: a finding in check mode and plan, and an error in the same words when it is applied.

Whoever meets such a state makes a finding with refusal(); refuse() ends a run that would change something.
"""

from __future__ import annotations

from typing import Dict, Iterable

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.session import FirewalldError

KIND = "refused"

# kind, object and message, as a module returns it
Finding = Dict[str, str]


def refusal(thing: str, message: str) -> Finding:
    """What forbids the change, and a sentence that says why and what to do; it is the error's message, too."""
    return {"kind": KIND, "object": thing, "message": message}


def refuse(findings: Iterable[Finding], state: str = "running") -> None:
    """Raises FirewalldError with all that is refused, if anything is; the state is that of firewalld."""
    sentences = [one["message"] for one in findings if one["kind"] == KIND]
    if sentences:
        raise FirewalldError("; ".join(dict.fromkeys(sentences)), state)
