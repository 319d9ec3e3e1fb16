# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is found to shadow the rules is what packets are refused by, and the other way round."""

from __future__ import annotations

import pytest
from conftest import HOSTS, PROBE, Faulty, rule

PERMANENT = "firewall-cmd -q --permanent"
DROP = "rule port port=8000 protocol=tcp drop"
XML = rule("xml", 8000)
WHITELIST = "/etc/firewalld/lockdown-whitelist.xml"


def policy(name: str, priority: int, *options: str, ingress: str = "ANY") -> str:
    """Commands that make a policy for what comes to the host."""
    more = [f"--add-ingress-zone={ingress}", "--add-egress-zone=HOST", f"--set-priority={priority}", *options]
    edits = [f"{PERMANENT} --policy={name} '{option}'" for option in more]
    return "\n".join([f"{PERMANENT} --new-policy={name}", *edits, ""])


def rich(text: str) -> str:
    return f"--add-rich-rule={text}"


BOTH = set(HOSTS)
OLD, NEW = {"fault01"}, {"fault02"}

# the order in which firewalld itself runs policies; what else decides is in tests/unit/firewalld/test_shadows.py
CASES = {
    "a rich rule": (policy("other", -200, rich(DROP)), BOTH),
    "the default zone": (policy("other", -200, "--set-target=DROP", ingress="public"), NEW),
    "the same priority, a name before": (policy("aaa", -100, rich(DROP)), OLD),
    "the same priority, a name behind": (policy("zzz", -100, rich(DROP)), NEW),
}


@pytest.mark.parametrize("case", CASES)
def test_found_is_what_packets_meet(host: Faulty, case: str) -> None:
    commands, shadowed = CASES[case]
    host.run(f"{commands} firewall-cmd -q --reload")
    found = [one for one in host.applied(rules=[XML])["findings"] if one["kind"] == "shadow"]
    assert bool(found) is (host.name in shadowed)
    assert (host.seen_from(PROBE, 8000, addresses=host.addresses[:1]) == ["open"]) is not bool(found)
    if found:
        assert found[0]["object"] in {f"policy {name}" for name in ("other", "aaa", "zzz")}
        assert "8000/tcp" in found[0]["message"]


def test_the_remedy_of_a_finding_works(host: Faulty) -> None:
    host.run(f"{policy('other', -200, '--set-target=DROP')} firewall-cmd -q --reload")
    (found,) = host.applied(rules=[XML])["findings"]
    first, second = (text.split(")")[0].split(",")[0] for text in found["message"].split("firewall-cmd ")[1:])
    host.run(f"firewall-cmd -q {first}; firewall-cmd -q {second}")
    assert host.applied(rules=[XML])["findings"] == []
    assert host.open_to_probe(8000) == ["open"]


def test_lockdown(host: Faulty) -> None:
    """firewalld 2 has none any more."""
    if host.name in NEW:
        assert host.applied(rules=[XML])["findings"] == []
        return
    host.firewall_cmd("-q", "--lockdown-on")
    assert [one["kind"] for one in host.applied(rules=[XML])["findings"]] == ["lockdown"]
    host.run(f"sed -i '/user id/d' {WHITELIST} 2>/dev/null || printf '<whitelist/>' >{WHITELIST}")
    host.run("systemctl restart firewalld")
    message = host.refused(rules=[XML | {"ports": [8091]}])
    assert message.startswith("firewalld: ACCESS_DENIED: lockdown is enabled and root is not in its whitelist: ")
    host.run("firewall-offline-cmd -q --add-lockdown-whitelist-uid=0; systemctl restart firewalld")
    host.applied(rules=[XML | {"ports": [8091]}])
    host.firewall_cmd("-q", "--lockdown-off")
