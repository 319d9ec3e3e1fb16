# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How to prove, after the change, that the lines of a change request pass. Pure: no Ansible, no I/O."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.therefore.firewall.plugins.plugin_utils._article.tables import listed, markdown
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.perimeter import Numbered, numbered
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.inventory import HOST
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.segments import INTERNET, ONLINE
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.shape import ReportDocument

COMMAND = "ansible-playbook -i inventory.yml therefore.firewall.verify -e therefore_verify_file=verify.json"


def acceptance(report: ReportDocument) -> Iterator[str]:
    """The command that proves the lines between hosts that Ansible manages, and what is to be tried by hand."""
    yield "## Test plan"
    managed: list[Numbered] = []
    by_hand: list[Numbered] = []
    for one in numbered(report):
        (managed if _is_managed(report, one) else by_hand).append(one)
    if managed:
        yield (
            f"Lines {listed(one.number for one in managed)}: this sends packets from every host that Ansible manages "
            "and changes no rule; all of its flows must pass. Where no service runs yet, "
            "-e therefore_verify_listen=true answers in its place."
        )
        yield f"```sh\n{COMMAND}\n```"
    if by_hand:
        yield "By hand, because Ansible manages no host at one of the ends:"
        yield "\n".join(f"- {one.number}: {markdown(_trial(one))}" for one in by_hand)


def _is_managed(report: ReportDocument, one: Numbered) -> bool:
    """Whether each group at both ends has hosts; endpoints of Therefore Online answer verify, too."""
    kinds = {group["id"]: group["kind"] for group in report["groups"]}
    sources = {kinds[group] for group in one.crossing["source_groups"]}
    targets = {kinds[group] for group in one.crossing["to_groups"]}
    return sources == {HOST} and (targets == {HOST} or one.crossing["to"] == ONLINE)


def _trial(one: Numbered) -> str:
    crossing = one.crossing
    source = "outside" if crossing["source"] == INTERNET else crossing["sources"][0]
    to = "any address" if crossing["destinations"] == ["any"] else crossing["destinations"][0]
    return f"from {source} to {to}, {crossing['protocol']} {listed(crossing['ports'])}"
