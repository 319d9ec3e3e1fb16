# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a probe found against what a flow must be: the verdict, and for a failure the likely reason.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.estate import ALLOW, covers
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.flows import BY_SOURCE, DENY, Flow

PASSED, FAILED, UNKNOWN, SKIPPED = "passed", "failed", "unknown", "skipped"
OLD_TLS = ("SSLv2", "SSLv3", "TLSv1", "TLSv1.0", "TLSv1.1")
EXPIRY_WARNING_DAYS = 30

Result = Mapping[str, Any]


class Verdict(TypedDict):
    """The judgement on one address of a flow."""

    outcome: str
    hint: str | None
    warning: str | None


class Known:
    """What is known of the hosts beyond the probes: their plans, their addresses, and where a listener of ours was."""

    def __init__(self, plans: Iterable[Mapping[str, Any]], hosts: Iterable[Mapping[str, Any]]) -> None:
        """Keep them by host.

        Args:
            plans: The hosts of a plan (_plan).
            hosts: The hosts as flows() takes them, with C(listening), the ports (each with C(port) and C(protocol)) on
                which they answered for us.
        """
        self._plans = {plan["host"]: plan for plan in plans}
        given = list(hosts)
        self._targets = {host["host"]: host["targets"] for host in given}
        self._listening = {
            (host["host"], one["port"], one["protocol"]) for host in given for one in host.get("listening") or []
        }

    def answered(self, flow: Flow) -> bool:
        """Whether our listener was on the port: then a refusal comes from a firewall."""
        return (flow["to"], flow["port"], flow["protocol"]) in self._listening

    def elsewhere(self, flow: Flow, address: str) -> str | None:
        """What the inventory says of a target, where the source found another address for it."""
        addresses = self._targets.get(flow["to"], {}).get(flow["target"])
        return None if not addresses or address in addresses else ", ".join(addresses)

    def trouble(self, host: str, flow: Flow, blocks: bool) -> str | None:
        """What the plan of a host says that bears on a flow: rules that are not there as wanted, or things in the way.

        Args:
            host: The host, one end of the flow.
            flow: The flow.
            blocks: Whether rules that refuse are asked about, and not rules that allow.
        """
        plan = self._plans.get(host)
        if plan is None:
            return None
        if plan["status"] != "planned":
            return f"the rules of {host} are not known ({plan['message']})"
        for one in plan["sets"]:
            for change in one["changes"]:
                if _concerns(change, flow, blocks):
                    return (
                        f"{host} has not the rule {change['id']} as wanted ({change['action']}): run the playbook site"
                    )
        findings = [finding for one in plan["sets"] for finding in one["findings"]]
        if findings and not blocks:
            return f"on {host}, {findings[0]['object']}: {findings[0]['message']}"
        return None


def _concerns(change: Mapping[str, Any], flow: Flow, blocks: bool) -> bool:
    shown = change["after"] or change["before"] or {}
    ports = [str(port) for port in shown.get("ports", [])]
    mentioned = not ports or str(flow["port"]) in ports
    return (shown.get("action") == "block") is blocks and shown.get("protocol") == flow["protocol"] and mentioned


def verdict(flow: Flow, result: Result, known: Known) -> Verdict:
    """The judgement on one result of a flow."""
    expected = flow["expect"]
    if result["state"] == "not-tried":
        return _verdict(UNKNOWN, result["error"])
    if expected == BY_SOURCE:
        if not result.get("source"):
            return _verdict(UNKNOWN, "only some addresses of the source are peers, and which one it used is not known")
        expected = ALLOW if covers(flow["peers"], result["source"]) else DENY
    if result["state"] == "skipped":
        return _verdict(SKIPPED, result.get("error"))
    if expected == DENY:
        return _must_not_pass(flow, result, known)
    return _must_pass(flow, result, known)


def _verdict(outcome: str, hint: str | None = None, warning: str | None = None) -> Verdict:
    return {"outcome": outcome, "hint": hint, "warning": warning}


def _must_not_pass(flow: Flow, result: Result, known: Known) -> Verdict:
    state = result["state"]
    # a refusal may come from the host or from a firewall: what nobody serves is not open either
    if state in ("filtered", "unreachable", "refused") or (state == "udp-unknown" and known.answered(flow)):
        return _verdict(PASSED)
    if state == "open":
        trouble = known.trouble(flow["to"], flow, blocks=True) or (
            f"another rule or zone of {flow['to']} opens it, or a firewall on the way that answers for it"
        )
        return _verdict(FAILED, f"open, and must not be ({flow['because']}): {trouble}")
    return _verdict(UNKNOWN, _silence(result))


def _must_pass(flow: Flow, result: Result, known: Known) -> Verdict:
    state = result["state"]
    if state == "open":
        return _tls(flow, result)
    if state == "udp-unknown" and not known.answered(flow):
        return _verdict(UNKNOWN, _silence(result))
    if state == "refused" and not known.elsewhere(flow, result["address"]):
        return _refused(flow, known)
    return _verdict(FAILED, _reason(flow, result, known))


def _reason(flow: Flow, result: Result, known: Known) -> str:
    """The likely reason why nothing passed."""
    address, state = result["address"], result["state"]
    if state == "name-not-resolved":
        return f"{flow['source']} cannot resolve {flow['target']}: mend its DNS, or give addresses"
    meant = known.elsewhere(flow, address)
    if meant:
        return f"{state}; {flow['source']} resolves {flow['target']} to {address}, and the inventory to {meant}"
    if state == "unreachable":
        error = f" ({result['error']})" if result.get("error") else ""
        return f"no way from {flow['source']} to {address}{error}: a route is missing, or the host is down"
    answer = f" by ICMP {result['icmp']}" if result.get("icmp") else ", no answer"
    return f"filtered{answer}: {_filter(flow, known)}"


def _refused(flow: Flow, known: Known) -> Verdict:
    if known.answered(flow):
        return _verdict(FAILED, f"refused although something listens, so a firewall refuses: {_filter(flow, known)}")
    if flow["unused"] and flow["protocol"] == "tcp":
        return _verdict(PASSED, warning="path open; nobody listens, and no known service uses this port")
    if flow["unused"]:
        return _verdict(UNKNOWN, "refused, by the host or by a firewall; no known service uses this port")
    return _verdict(FAILED, f"path open, nobody listens on {flow['to']}: is the service ({flow['because']}) running?")


def _filter(flow: Flow, known: Known) -> str:
    """Which firewall it was, as far as the plans of both ends tell."""
    return (
        known.trouble(flow["to"], flow, blocks=False)
        or known.trouble(flow["source"], flow, blocks=False)
        or (
            f"the rules of {flow['source']} and {flow['to']} are as wanted, so look at what lies between them (router, "
            "perimeter) and at other rules of both"
        )
    )


def _silence(result: Result) -> str:
    if result["state"] == "udp-unknown":
        return "no answer, which over UDP means nothing; therefore_verify_listen=true would tell"
    return f"{result['state']}: {result.get('error') or 'no reason was given'}"


def _tls(flow: Flow, result: Result) -> Verdict:
    """Recommendation 5 of the article asks for TLS on 443. Our own listener does not speak it."""
    found = result.get("tls")
    if not flow["tls"] or result.get("listener"):
        return _verdict(PASSED)
    if not found or not found.get("version"):
        error = (found or {}).get("error") or result.get("error") or "no handshake"
        return _verdict(FAILED, f"open, but no TLS ({error}); the article asks for TLS on {flow['port']}")
    if found["version"] in OLD_TLS:
        return _verdict(FAILED, f"open with {found['version']}; allow TLS 1.2 or newer only")
    if not found["chain_verified"] or not found["name_verified"]:
        what = "the name" if found["chain_verified"] else "the chain"
        name = flow["server_name"] or flow["target"]
        reason = f" ({found['error']})" if found.get("error") else ""
        return _verdict(
            FAILED, f"{what} of the certificate does not verify for {name}{reason}; the clients would refuse it"
        )
    days = found.get("days_left")
    if days is not None and days < EXPIRY_WARNING_DAYS:
        return _verdict(PASSED, warning=f"the certificate expires in {days} days ({found['expires']})")
    return _verdict(PASSED)
