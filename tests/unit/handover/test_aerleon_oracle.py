# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Aerleon's access-list checker says of our files is what the hosts' own rules say, packet by packet.

How the rules are read is in packet_worlds. For more inventories and packets, and for the counts:
THEREFORE_ORACLE=200x500 pytest -s …
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator

import pytest
import yaml
from aerleon.lib import aclcheck, naming, policy, policy_builder
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.aerleon import (
    DEFINITIONS,
    aerleon_files,
    policy_path,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.aerleon_targets import TARGETS, Target
from ansible_collections.therefore.firewall.plugins.plugin_utils._handover.perimeter import ANYBODY, request_of
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.segments import ELSEWHERE, INTERNET, ONLINE
from packet_worlds import Packet, Packets, World, nets, wanted

INVENTORIES, PACKETS = map(int, os.environ.get("THEREFORE_ORACLE", "30x120").split("x"))
BATCHES = 6


def policies(world: World) -> dict[Target, policy.Policy | None]:
    """What Aerleon reads of our files."""
    files = aerleon_files(world.report, request_of("", "", ""))
    definitions = naming.Naming()
    definitions.ParseDefinitionsObject(yaml.safe_load(files.get(DEFINITIONS, "")), "")
    texts = {target: files.get(policy_path(target), "filters: []") for target in TARGETS}
    return {target: _policy(text, definitions) for target, text in texts.items()}


def _policy(text: str, definitions: naming.Naming) -> policy.Policy | None:
    content = yaml.safe_load(text)
    for one in content["filters"]:
        # the checker reads no host names, and would take the term for one with every destination
        one["terms"] = [term for term in one["terms"] if "destination-fqdn" not in term]
    content["filters"] = [one for one in content["filters"] if one["terms"]]
    return policy.FromBuilder(policy_builder.PolicyBuilder(content, definitions)) if content["filters"] else None


def passes(acl: policy.Policy | None, packet: Packet) -> bool:
    """What Aerleon's checker says."""
    if acl is None:
        return False
    check = aclcheck.AclCheck(acl, packet.source, packet.to, "any", packet.port, packet.protocol)
    return any(match.action == "accept" for match in check.ExactMatches())


def differences(seed: int, counts: Counter[str]) -> Iterator[str]:
    """Each packet on which a target's policy and the rules of the hosts do not agree."""
    world = World(seed)
    acls = policies(world)
    counts["inventories"] += 1
    counts["crossings"] += len(world.report["crossings"])
    for packet in Packets(world, seed)(PACKETS):
        here, there = world.segment(packet.source), world.segment(packet.to)
        if here == there and here is not None:
            counts["within a network"] += 1
            continue
        expected = wanted(world, packet)
        counts["packets"] += 1
        counts["wanted"] += expected
        for target, acl in acls.items():
            if packet.to.version in target.versions:
                counts["answers"] += 1
                if passes(acl, packet) != expected:
                    counts["differences"] += 1
                    yield f"seed {seed}, {target.name}: {packet}, from {here} to {there}, wanted: {expected}"


@pytest.mark.parametrize("batch", range(BATCHES))
def test_aerleon_and_the_rules_of_the_hosts_agree(batch: int) -> None:
    counts: Counter[str] = Counter()
    found = [text for seed in range(batch, INVENTORIES, BATCHES) for text in differences(seed, counts)]
    print(dict(counts))
    assert found == []
    # it would be no test without packets that pass, and others that do not
    assert counts["packets"] * 0.9 > counts["wanted"] > counts["packets"] * 0.04


@pytest.mark.parametrize("seed", range(INVENTORIES))
def test_each_end_of_a_crossing_is_in_its_network(seed: int) -> None:
    world = World(seed)
    for crossing in world.report["crossings"]:
        for name, texts in ((crossing["source"], crossing["sources"]), (crossing["to"], crossing["destinations"])):
            if name in (ONLINE, INTERNET):
                continue
            assert texts != ANYBODY
            places = {world.segment(address) or ELSEWHERE for net in nets(texts) for address in net}
            assert places == {name}, crossing
        assert crossing["source"] != crossing["to"] or crossing["sources"] == ANYBODY
