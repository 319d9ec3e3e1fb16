# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules that do nothing, or do not all that one expects, are said: containers, other tables, legs in no zone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conftest import DEVICE, DEVICES, FRIEND, FRIENDS, HOSTS, STRANGER, STRANGERS, Shared, found, rule
from engine_host import flows
from lab_hosts import run_on

# what docker and podman do for a published port, without them
CONTAINER = """
ip netns add c1; ip link add vc0 type veth peer name vc1; ip link set vc1 netns c1
ip addr add 10.88.0.1/24 dev vc0; ip link set vc0 up
ip netns exec c1 sh -c 'ip addr add 10.88.0.2/24 dev vc1; ip link set vc1 up; ip link set lo up
    ip route add default via 10.88.0.1'
systemd-run -q --unit=cweb ip netns exec c1 python3 -m http.server 8090
firewall-cmd -q --permanent --zone=trusted --add-source=10.88.0.0/24; firewall-cmd -q --reload
nft add table ip netav
nft 'add chain ip netav pre { type nat hook prerouting priority -100; }'
nft add rule ip netav pre tcp dport 8090 fib daddr type local dnat to 10.88.0.2:8090
nft 'add chain ip netav post { type nat hook postrouting priority 100; }'
nft add rule ip netav post ip saddr 10.88.0.0/24 oifname != vc0 masquerade
until ip netns exec c1 ss -ltn | grep -q :8090; do sleep 0.1; done
"""
NO_CONTAINER = """
systemctl stop cweb; nft delete table ip netav; ip netns del c1; ip link del vc0 2>/dev/null || true
"""
WEB = rule("web", 8090)


@pytest.fixture
def containers(host: Shared) -> Iterator[Shared]:
    """A host with a container that has published a port."""
    host.run(CONTAINER)
    yield host
    host.run(NO_CONTAINER)


def test_a_published_port_is_not_held_and_that_is_said(containers: Shared) -> None:
    ipv4 = containers.addresses[:1]
    applied = containers.told(rules=[WEB], block_public=True, egress="deny")
    assert containers.seen_from(STRANGER, 8090, addresses=ipv4) == ["open"]
    (message,) = (found(applied, "published")["nft table ip netav, chain pre"],)
    assert "sends 8090/tcp elsewhere" in message
    assert "StrictForwardPorts" in message
    # egress deny: this host does not reach the container, which reaches whom it likes
    assert containers.reaches(["10.88.0.2"], 8090) == ["filtered"]
    assert "ip netns" not in containers.run(
        f"ip netns exec c1 python3 -c 'import socket; socket.create_connection((\"{STRANGERS[0]}\", 443), 2)'"
    )
    assert list(found(applied, "container")) == ["network 10.88.0.0/24"]
    out = rule("containers", "1-65535", direction="out", peers=["10.88.0.0/24"])
    containers.applied(rules=[WEB, out], block_public=True, egress="deny")
    assert containers.reaches(["10.88.0.2"], 8090) == ["open"]
    # other ports of ours are not concerned
    assert found(containers.applied(rules=[rule("other", 443)], block_public=True), "published") == {}


@pytest.mark.parametrize("host", ["over13"], indirect=True)
def test_strict_forward_ports_hold_them(containers: Shared) -> None:
    containers.applied(rules=[WEB], block_public=True)
    containers.run("sed -i s/^StrictForwardPorts=.*/StrictForwardPorts=yes/ /etc/firewalld/firewalld.conf")
    # it waits for a reload: nothing is held yet, and ours does not bring it into force
    waiting = containers.applied(rules=[WEB], block_public=True)
    assert found(waiting, "published")
    assert "StrictForwardPorts=yes" in containers.refused("more", rules=[WEB])
    containers.run("firewall-cmd -q --reload")
    applied = containers.applied(rules=[WEB], block_public=True)
    assert found(applied, "published") == {}
    assert containers.seen_from(STRANGER, 8090, addresses=containers.addresses[:1]) == ["filtered"]


def test_a_forward_port_of_a_zone_is_said(host: Shared) -> None:
    host.run("firewall-cmd -q --zone=public --add-forward-port=port=8000:proto=tcp:toport=443")
    published = found(host.applied(rules=[rule("xml", 8000)], block_public=True), "published")
    assert "sends 8000/tcp elsewhere" in published["zone public"]


ELSEWHERE = """
nft add table ip round; nft 'add chain ip round pre { type nat hook prerouting priority -100; }'
nft add rule ip round pre tcp dport 2222 redirect to :8000
firewall-cmd -q --zone=public --add-forward-port=port=2223:proto=tcp:toport=8000
iptables -t nat -A PREROUTING -p tcp --dport 2224 -j REDIRECT --to-ports 8000
"""


def test_another_port_that_leads_to_one_of_ours_is_said(host: Shared) -> None:
    host.run(ELSEWHERE)
    try:
        published = found(host.told(rules=[rule("xml", 8000)], block_public=True), "published")
        seen = host.seen_from(STRANGER, 8000, 2222, 2223, 2224, addresses=host.addresses[:1])
    finally:
        host.run("nft delete table ip round; iptables -t nat -F")
    assert seen == ["refused", "open", "open", "open"]
    assert sorted(published) == [
        "nft table ip nat, chain PREROUTING", "nft table ip round, chain pre", "zone public"
    ]  # fmt: skip
    for message in published.values():
        assert message.startswith("sends what comes to another port to 8000/tcp of this host")


POLICY = """
p="firewall-cmd -q --permanent"; $p --new-policy=fwd; $p --policy=fwd --add-ingress-zone=ANY
$p --policy=fwd --add-egress-zone=HOST; $p --policy=fwd --add-forward-port=port=8000:proto=tcp:toport=443
$p --zone=public --add-rich-rule='rule family=ipv4 forward-port port=1433 protocol=tcp to-port=443'
firewall-cmd -q --reload
"""


def test_forward_ports_of_policies_and_rich_rules_are_said(host: Shared) -> None:
    host.run(POLICY)
    published = found(host.applied(rules=[rule("xml", 8000), rule("sql", 1433)], block_public=True), "published")
    assert host.seen_from(STRANGER, 8000, 1433, addresses=host.addresses[:1]) == ["open", "open"]
    assert "sends 8000/tcp elsewhere" in published["policy fwd"]
    assert "sends 1433/tcp elsewhere" in published["zone public"]


GUARDIAN = """
nft add table inet guardian; nft 'add chain inet guardian gate { type filter hook input priority 10; policy accept; }'
nft add chain inet guardian bad; nft add rule inet guardian bad drop
nft add rule inet guardian gate tcp dport 8000 jump bad
"""


def test_another_table_that_refuses_is_named(host: Shared) -> None:
    host.run(GUARDIAN)
    try:
        applied = host.told(rules=[rule("xml", 8000)])
        assert host.seen_from(FRIEND, 8000) == ["filtered"]
        (message,) = (found(applied, "foreign")["nft table inet guardian, chain gate"],)
        assert "1 rules that refuse, or ask a program (queue), for packets at input" in message
        # it is not about what leaves the host
        assert found(host.applied("out", rules=[rule("out", 8000, direction="out")]), "foreign") == {}
    finally:
        host.run("nft delete table inet guardian")


TABLES = """
nft 'add table inet house'; nft 'add chain inet house bad'; nft 'add rule inet house bad drop'
nft 'add map inet house verdicts { type inet_service : verdict; elements = { 8000 : jump bad }; }'
nft 'add chain inet house gate { type filter hook input priority 10; }'
nft 'add rule inet house gate tcp dport vmap @verdicts'
nft 'add table netdev leaving'; nft 'add chain netdev leaving gate { type filter hook egress device over priority 0; }'
nft 'add rule netdev leaving gate tcp dport 8000 drop'
nft 'add table inet routes'; nft 'add chain inet routes gate { type route hook output priority 0; }'
nft 'add rule inet routes gate tcp dport 443 drop'
"""


def test_every_way_in_which_a_table_refuses_is_seen(host: Shared) -> None:
    host.run(TABLES)
    try:
        assert list(found(host.told(rules=[rule("xml", 8000)]), "foreign")) == ["nft table inet house, chain gate"]
        assert host.seen_from(FRIEND, 8000) == ["filtered"]
        out = [rule("out", 443, 8000, direction="out", peers=STRANGERS)]
        assert sorted(found(host.told(name="out", rules=out), "foreign")) == [
            "nft table inet routes, chain gate", "nft table netdev leaving, chain gate",
        ]  # fmt: skip
        assert host.reaches(STRANGERS, 443, 8000) == ["filtered", "filtered"]
    finally:
        host.run("nft delete table inet house; nft delete table netdev leaving; nft delete table inet routes")


LEGACY = """
iptables-legacy -N bad; iptables-legacy -A bad -j DROP; iptables-legacy -I INPUT -p tcp --dport 8000 -j bad
iptables-legacy -t nat -I PREROUTING -p tcp -m multiport --dports 1433,9000:9010 -j REDIRECT --to-ports 443
"""


@pytest.mark.parametrize("host", ["over12"], indirect=True)
def test_tables_that_nftables_does_not_show(host: Shared) -> None:
    host.run(LEGACY)
    try:
        applied = host.told(rules=[rule("xml", 8000), rule("sql", 1433)], block_public=True)
        assert host.seen_from(FRIEND, 8000, addresses=host.addresses[:1]) == ["filtered"]
        assert host.seen_from(STRANGER, 1433, addresses=host.addresses[:1]) == ["open"]
        (refusing,) = (found(applied, "foreign")["iptables-legacy table filter, chain INPUT"],)
        assert "iptables-legacy -t filter -S" in refusing
        assert "1433/tcp" in found(applied, "published")["iptables-legacy table nat, chain PREROUTING"]
    finally:
        host.run("iptables-legacy -F; iptables-legacy -X; iptables-legacy -t nat -F")


def test_forward_rules_between_legs_in_no_zone(host: Shared) -> None:
    number = HOSTS[host.name][0].rpartition(".")[2]
    for source, net, end in ((FRIEND, 2, 1), (DEVICE, 1, 2)):
        run_on(source, "ip", "route", "replace", f"10.85.{net}.0/24", "via", f"10.85.{end}.{number}")
    passing = rule("mfp", 8372, 8373, direction="forward", sources=DEVICES)
    applied = host.told(rules=[passing])
    said = found(applied, "forwarding")
    if host.name == "over12":
        assert said == {}
    else:
        assert flows(DEVICE, FRIENDS[:1], 8372) == ["filtered"]
        (message,) = said.values()
        assert list(said) == ["interfaces overdev and over"]
        commands = [part.split(",")[0].split(" (")[0] for part in message.split("firewall-cmd ")[1:]]
        host.run(";".join(f"firewall-cmd -q {command}" for command in commands))
        assert found(host.applied(rules=[passing], check=True), "forwarding") == {}
        # it is in that zone as it was before, so nothing else changed
        assert host.seen_from(STRANGER, 22, 443) == ["open", "filtered"]
    assert flows(DEVICE, FRIENDS[:1], 8372, 8373) == ["open", "open"]
    assert flows(DEVICE, FRIENDS[:1], 443) == ["filtered"]


def test_a_table_that_a_change_of_ours_left_is_known_as_ours(host: Shared) -> None:
    host.run("nft add table inet thf_former; nft 'add chain inet thf_former in { type filter hook input priority 0; }'")
    host.run("nft add rule inet thf_former in tcp dport 443 drop")
    checked = host.applied(rules=[WEB], check=True)
    (message,) = (found(checked, "kept")["nft table inet thf_former"],)
    assert "the rules that the host had before a change of ours" in message
    assert found(checked, "foreign") == {}
    # as the message says
    host.applied(rules=[WEB])
    assert found(host.applied(rules=[WEB], check=True), "kept") == {}
