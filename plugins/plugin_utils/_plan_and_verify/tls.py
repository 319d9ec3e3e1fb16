# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with TLS where a service answered: recommendation 5 of the article asks for it on 443.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.pairs import Flow

OLD = ("SSLv2", "SSLv3", "TLSv1", "TLSv1.0", "TLSv1.1")
EXPIRY_WARNING_DAYS = 30


class Judged(NamedTuple):
    """What fails, if anything, and what is only to be known."""

    failure: str | None = None
    warning: str | None = None


def judge(flow: Flow, result: Mapping[str, Any]) -> Judged:
    """The judgement on the handshake of a result."""
    if not flow["tls"]:
        return Judged()
    found = {"error": result.get("error"), **(result.get("tls") or {})}
    failure = _handshake(flow, found) or _certificate(flow, found)
    days = found.get("days_left")
    if failure or days is None or days >= EXPIRY_WARNING_DAYS:
        return Judged(failure)
    return Judged(warning=f"the certificate expires in {days} days ({found['expires']})")


def _handshake(flow: Flow, found: Mapping[str, Any]) -> str | None:
    error = found["error"]
    if found.get("client_certificate"):
        return f"open, and {error}; the clients have none unless somebody gave them one"
    if not found.get("version"):
        return f"open, but no TLS ({error or 'no handshake'}); the article asks for TLS on {flow['port']}"
    return f"open with {found['version']}; allow TLS 1.2 or newer only" if found["version"] in OLD else None


def _certificate(flow: Flow, found: Mapping[str, Any]) -> str | None:
    error = found["error"]
    if not found["chain_verified"] or not found["name_verified"]:
        what = "the name" if found["chain_verified"] else "the chain"
        name = flow["server_name"] or flow["target"]
        reason = f" ({error})" if error else ""
        return f"{what} of the certificate does not verify for {name}{reason}; the clients would refuse it"
    return f"open with TLS that a client of today refuses: {error}" if error else None
