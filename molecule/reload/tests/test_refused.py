# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the host's state forbids is a finding in check mode, and the error of the run in the same words."""

from __future__ import annotations

import pytest
from conftest import Loading, rule
from engine_host import RESET

WEB = rule("web", 443)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("firewall-cmd -q --permanent --zone=work --set-target=DROP", "the zone work has the target DROP in firewalld"),
        (
            "firewall-cmd -q --permanent --new-zone=gone; "
            "firewall-cmd -q --reload; firewall-cmd -q --permanent --delete-zone=gone",
            "the zone gone exists in firewalld's runtime configuration only",
        ),
        (
            "sed -i s/^DefaultZone=.*/DefaultZone=trusted/ /etc/firewalld/firewalld.conf",
            "firewalld.conf has the DefaultZone trusted, and public is in force",
        ),
        (
            "sed -i s/^LogDenied=.*/LogDenied=all/ /etc/firewalld/firewalld.conf",
            "firewalld.conf has the LogDenied all, and off is in force",
        ),
        (
            "sed -i s/^IPv6_rpfilter=.*/IPv6_rpfilter=no/ /etc/firewalld/firewalld.conf",
            "firewalld.conf has IPv6_rpfilter=no, and the filter is in force",
        ),
        (
            "firewall-cmd -q --permanent --service=ssh --add-port=1433/tcp",
            "the service ssh has other ports in firewalld's permanent configuration",
        ),
        ("firewall-cmd -q --panic-on", "firewalld is in panic mode; end it with firewall-cmd --panic-off"),
    ],
)
def test_what_waits_for_a_reload(host: Loading, command: str, said: str) -> None:
    host.run(command)
    assert host.refused_as_said(rules=[WEB]).startswith(said)
    host.run("firewall-cmd -q --panic-off || true")


def test_a_lockdown_that_waits_for_a_reload(host: Loading) -> None:
    """firewalld 2 has none any more, and ignores the setting."""
    host.run("cd /etc/firewalld; sed -i /^Lockdown=/d firewalld.conf; echo Lockdown=yes >>firewalld.conf")
    if host.name == "reload12":
        said = "firewalld.conf has Lockdown=yes, which is not in force"
        assert host.refused_as_said(rules=[WEB]).startswith(said)
    else:
        assert host.applied(rules=[WEB])["findings"] == []


def test_all_of_it_is_said_at_once(host: Loading) -> None:
    host.run("for zone in work home; do firewall-cmd -q --permanent --zone=$zone --set-target=DROP; done")
    message = host.refused_as_said(rules=[WEB])
    assert "the zone home has" in message
    assert "the zone work has" in message


def test_the_iptables_backend_without_the_program_ipset(host: Loading) -> None:
    """With it: scenarios oldest and overrides."""
    # nor could firewalld load somebody else's ipset
    host.run("rm /etc/firewalld/ipsets/theirs.xml")
    host.run("sed -i 's/^FirewallBackend=.*/FirewallBackend=iptables/' /etc/firewalld/firewalld.conf")
    host.run("mv /usr/sbin/ipset /root/ipset; systemctl restart firewalld; firewall-cmd --state")
    try:
        assert "install the package ipset" in host.refused_as_said(rules=[WEB])
        # rules for everybody need none
        host.applied(rules=[WEB | {"peers": ["any"]}])
        assert host.packets()["rstranger"][0] == "open"
    finally:
        host.run("mv /root/ipset /usr/sbin/ipset")
        host.run(f"{RESET}; systemctl restart firewalld; iptables -F; ip6tables -F")


def test_an_armed_guard(host: Loading) -> None:
    armed = host.applied(rules=[WEB], guard="always", guard_seconds=600)
    try:
        message = host.refused_as_said(name="other", rules=[WEB])
        assert armed["guard"]["until"] in message
    finally:
        host.run("systemctl start --wait therefore-firewall-guard.service")
    assert "thf-" not in host.runtime()


def test_where_nothing_is_reloaded_nothing_is_refused(host: Loading) -> None:
    host.applied(rules=[WEB])
    host.run("firewall-cmd -q --permanent --zone=work --set-target=DROP")
    assert not host.refusals(host.apply(check=True, rules=[WEB | {"ports": [444]}]))
    host.applied(rules=[WEB | {"ports": [444]}])
