#!/usr/bin/python
# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: port_probe
short_description: Tells with real packets which ports of other hosts this host can reach
version_added: 0.1.0
description:
  - Tries many ports of many hosts at once, from the host that it runs on, and says what became of each.
  - TCP is tried by connecting. Over UDP one datagram is sent; an answer proves that the port is open, an ICMP
    port-unreachable that the path is, and silence proves nothing.
  - With O(mode=listen) the host itself answers for a limited time, on ports that nothing uses yet, so that a path can
    be proved from both ends before the software is installed.
  - Changes nothing on any host that lasts.
options:
  mode:
    description:
      - V(probe) tries O(targets).
      - V(listen) starts a listener on the ports of O(listen) and returns at once.
      - V(stop) ends the listeners that were started with this O(nonce). That there is none is no error.
    type: str
    choices: [probe, listen, stop]
    default: probe
  targets:
    description: What to try with O(mode=probe).
    type: list
    elements: dict
    default: []
    suboptions:
      id:
        description: Name of the target, returned as given.
        type: str
      host:
        description: Host name, IPv4 or IPv6 address. A name is resolved on this host, and all its addresses are tried.
        type: str
        required: true
      port:
        description: Port, 1 to 65535.
        type: int
        required: true
      protocol:
        description: Transport protocol.
        type: str
        choices: [tcp, udp]
        default: tcp
      tls:
        description: Whether to do a TLS handshake after connecting. Needs O(targets[].protocol=tcp).
        type: bool
        default: false
      server_name:
        description:
          - The name that the server is asked for (SNI), and that its certificate must be for. By default
            O(targets[].host); an address is not sent, but the certificate must be for it.
        type: str
      listener:
        description:
          - Whether a listener with this O(nonce) is expected there. Its words are then waited for as long as any
            answer. Otherwise for as long as they must take by the measured round trip.
        type: bool
        default: false
      name:
        description:
          - The O(name) that the listener there was given. A listener of another name or on another port, to which an
            address translation leads, is not the one that was asked for.
        type: str
  timeout:
    description:
      - Seconds that each attempt waits for the connection, the handshake and the answer, each; 0.05 to 300. What
        follows the connection has more time where the measured round trip asks for it. All names together have this
        time for each of the O(attempts).
    type: float
    default: 3
  attempts:
    description:
      - How often to try what stays silent, 1 to 10. A firewall that reloads stalls new connections for about a second.
    type: int
    default: 2
  concurrency:
    description:
      - How many flows to try at the same time, 1 to 10000. There are fewer where the host's limit of open files is
        lower.
    type: int
    default: 1000
  nonce:
    description:
      - 16 to 64 letters and digits that only this run knows. O(mode=listen) and O(mode=stop) need it. With
        O(mode=probe) it is what a listener says, and RV(results[].listener) tells whether one did.
    type: str
  name:
    description:
      - Whose listener it is, with O(mode=listen). What it says then depends on the name and the port, so that none of
        another host or port passes for it. The same in O(targets[].name).
    type: str
  listen:
    description: Ports to answer on with O(mode=listen), on all addresses of the host, IPv4 and IPv6.
    type: list
    elements: dict
    default: []
    suboptions:
      port:
        description: Port, 1 to 65535.
        type: int
        required: true
      protocol:
        description: Transport protocol.
        type: str
        choices: [tcp, udp]
        default: tcp
  ranges:
    description:
      - Ranges of ports of which O(mode=listen) says on which of them services of the host listen, for RV(services).
    type: list
    elements: dict
    default: []
    suboptions:
      first:
        description: First port, 1 to 65535.
        type: int
        required: true
      last:
        description: Last port, 1 to 65535.
        type: int
        required: true
      protocol:
        description: Transport protocol.
        type: str
        choices: [tcp, udp]
        default: tcp
  seconds:
    description:
      - After how many seconds without a question the listener ends by itself, 1 to 86400, whatever became of the
        controller. Every question with the O(nonce) gives it this time anew.
    type: int
    default: 120
  explain:
    description:
      - Whether to look more closely, for a diagnosis of few flows. With O(mode=probe) RV(results[].route),
        RV(results[].hops) and RV(results[].decided) are filled in, with O(mode=listen) RV(in_use[].programs), and with
        O(mode=stop) RV(decided). O(mode=stop) with O(listen) reads the firewall's log about these ports, see
        RV(logging). For its time a table of nftables marks the packets whose way the kernel then tells; it
        accepts everything, and is removed at the end.
    type: bool
    default: false
notes:
  - Hosts limit how many ICMP errors they send in a second. Of many rejected flows some can stay silent at the first of
    the O(attempts).
  - A listener never takes a port that anything on the host uses, on whatever address. A program that starts while it
    listens finds the port taken.
  - A listener says the nonce, for a O(name) with eight more digits, and the address that it sees, and nothing else.
    Over UDP it answers only who asks with the same, with less than it was asked.
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    description: O(mode=probe) sends its packets also in check mode; no listener is started or stopped.
    support: full
  diff_mode:
    support: none
  platform:
    support: full
    platforms: linux
requirements:
  - Linux, with Python 3.7 or newer. Kernels before 5.9 do not tell an ICMP error from a TCP reset; there what a
    firewall rejects is V(refused) or V(unreachable), with RV(results[].icmp) C(null), where it is TCP.
  - Whether a TCP segment left this host is known with the capability C(CAP_NET_RAW), which root has.
  - Certificates are verified against the authorities that the host's OpenSSL trusts; the variable C(SSL_CERT_FILE) in
    the task's environment names others.
  - A listener outlives the session that started it unless logind is set to end a user's processes at logout
    (C(KillUserProcesses=yes)).
seealso:
  - module: therefore.firewall.firewalld_ruleset
author:
  - The therefore.firewall authors (@therefore-firewall)
"""

EXAMPLES = r"""
- name: Does this host reach the archive?
  therefore.firewall.port_probe:
    targets:
      - host: archive.example.com
        port: 8000
      - host: archive.example.com
        port: 443
        tls: true
      - id: directory
        host: 192.0.2.7
        port: 389
        protocol: udp
  register: probed

- name: Say what does not pass
  ansible.builtin.debug:
    var: probed.results | rejectattr('state', 'equalto', 'open')

- name: Answer on ports whose software is not installed yet, for five minutes at most
  therefore.firewall.port_probe:
    mode: listen
    nonce: "{{ verification_nonce }}"
    seconds: 300
    listen:
      - port: 8000
      - port: 389
        protocol: udp

- name: End the listener
  therefore.firewall.port_probe:
    mode: stop
    nonce: "{{ verification_nonce }}"
"""

RETURN = r"""
results:
  description:
    - One entry for each target and address, in the order of O(targets). The addresses of a name come IPv4 first, in the
      order of their numbers.
  type: list
  elements: dict
  returned: when O(mode=probe)
  contains:
    id:
      description: As in O(targets[].id), C(null) if not given.
      type: str
    host:
      description: As in O(targets[].host).
      type: str
    address:
      description: The address that was tried, C(null) for a name that does not resolve.
      type: str
    port:
      description: The port.
      type: int
    protocol:
      description: V(tcp) or V(udp).
      type: str
    state:
      description:
        - V(open) - connected, or over UDP an answer came.
        - V(refused) - TCP was reset, or over UDP an ICMP port-unreachable came from the target. Nobody listens there,
          or a firewall or router says so.
        - V(filtered) - nobody answered in time (TCP), or an ICMP error came that only a firewall sends; for TCP also
          port-unreachable, because no TCP stack sends it, and over UDP if the target did not send it.
        - V(unreachable) - there is no route, an ICMP host-unreachable, net-unreachable or time-exceeded (a loop) came,
          or nobody in the network has the address or that of the gateway.
        - V(not-sent) - this host could not send it for a limit of its own, which RV(results[].error) names.
        - V(name-not-resolved) - the name has no address on this host.
        - V(udp-unknown) - silence over UDP, open or filtered.
        - V(skipped) - this host has no address of the target's family other than link-local and loopback, so nothing
          was sent. Loopback addresses are always tried.
      type: str
    icmp:
      description:
        - The ICMP error that came. V(port-unreachable), V(host-unreachable), V(net-unreachable), V(host-prohibited),
          V(net-prohibited), V(admin-prohibited), V(protocol-unreachable), V(policy-failed), V(reject-route),
          V(time-exceeded) or V(other). C(null) if none came, or where the platform cannot tell.
      type: str
    icmp_from:
      description: The address that sent it, C(null) if none came, or where the platform cannot tell.
      type: str
    icmp_by:
      description: Whose address that is, V(target), V(self) (an address of this host) or V(other) (a router).
      type: str
    listener:
      description: Whether a listener answered with O(nonce).
      type: bool
    seen_as:
      description:
        - The address under which the listener sees this host. It is not RV(results[].source) where an address is
          translated on the way. C(null) unless a listener answered.
      type: str
    closed:
      description: Whether the connection was accepted and then closed or reset, before anything was asked.
      type: bool
    sent:
      description:
        - Whether the packet left this host. V(false) where this host could not send it, or its own firewall did not let
          it out. C(null) where nobody answered and this user may not look.
      type: bool
    latency_ms:
      description: Milliseconds until the answer, C(null) unless something answered.
      type: float
    source:
      description: The host's own address that was used, C(null) if none was.
      type: str
    source_ports:
      description: The host's own ports that were used, one for each attempt.
      type: list
      elements: int
    tag:
      description: What the flow was called towards the listener, C(null) without O(nonce).
      type: str
    error:
      description: What the system said, one line, C(null) if nothing.
      type: str
    route:
      description: The way that this host takes to the address, C(null) without O(explain), or where it has none.
      type: dict
      contains:
        gateway:
          description: The gateway, C(null) where none is needed.
          type: str
        interface:
          description: The interface.
          type: str
        source:
          description: The own address that is used.
          type: str
    hops:
      description:
        - The routers on the way that answered, the nearest first, where nobody else did. C(null) without O(explain).
      type: list
      elements: str
    decided:
      description:
        - What this host's own firewall decided about the last packet, as RV(decided). C(null) without O(explain), and
          where nftables does not tell.
      type: dict
    tls:
      description: What the handshake showed, C(null) unless asked for and connected.
      type: dict
      contains:
        version:
          description: Protocol version, such as V(TLSv1.3). C(null) if none was agreed on.
          type: str
        cipher:
          description: Cipher suite as the host's TLS library names it.
          type: str
        subject:
          description: Subject of the certificate, the most specific part first.
          type: str
        issuer:
          description: Issuer of the certificate, the most specific part first.
          type: str
        expires:
          description: When the certificate expires, ISO 8601, UTC.
          type: str
        days_left:
          description: Whole days until then, negative when they are over.
          type: int
        chain_verified:
          description: Whether this host trusts the certificate - its issuers, signatures and dates - whatever its name.
          type: bool
        name_verified:
          description: Whether the certificate is for the name or address, whoever issued it.
          type: bool
        client_certificate:
          description: Whether the server refused because it wants a certificate of the client.
          type: bool
        error:
          description: What is wrong, one line, C(null) if nothing is.
          type: str
  sample:
    - id: null
      host: archive.example.com
      address: 192.0.2.5
      port: 443
      protocol: tcp
      state: open
      icmp: null
      icmp_from: null
      icmp_by: null
      listener: false
      seen_as: null
      closed: false
      sent: true
      latency_ms: 0.412
      source: 192.0.2.20
      source_ports: [40112]
      tag: null
      error: null
      route: null
      hops: null
      decided: null
      tls:
        version: TLSv1.3
        cipher: TLS_AES_256_GCM_SHA384
        subject: CN=archive.example.com
        issuer: CN=Example CA, O=Example
        expires: "2027-06-01T12:00:00Z"
        days_left: 188
        chain_verified: true
        name_verified: true
        client_certificate: false
        error: null
    - id: directory
      host: 192.0.2.7
      address: 192.0.2.7
      port: 389
      protocol: udp
      state: filtered
      icmp: admin-prohibited
      icmp_from: 192.0.2.7
      icmp_by: target
      listener: false
      seen_as: null
      closed: false
      sent: true
      latency_ms: 0.301
      source: 192.0.2.20
      source_ports: [51730]
      tag: null
      error: ICMP admin-prohibited from 192.0.2.7
      route: null
      hops: null
      decided: null
      tls: null
counts:
  description: How many of RV(results) have each state. States that do not occur are left out.
  type: dict
  returned: when O(mode=probe)
  sample: {open: 1, filtered: 1}
listening:
  description: The ports that the listener answers on, or would in check mode.
  type: list
  elements: dict
  returned: when O(mode=listen)
  contains:
    port:
      description: The port.
      type: int
    protocol:
      description: V(tcp) or V(udp).
      type: str
  sample:
    - port: 8000
      protocol: tcp
in_use:
  description: The ports that it does not answer on, because something uses them, or for another reason.
  type: list
  elements: dict
  returned: when O(mode=listen)
  contains:
    port:
      description: The port.
      type: int
    protocol:
      description: V(tcp) or V(udp).
      type: str
    error:
      description: What the system said.
      type: str
    addresses:
      description: The addresses on which a program waits there. Without one it is used otherwise, or not at all.
      type: list
      elements: str
    programs:
      description: The names of the programs, as far as this user may see them. C(null) without O(explain).
      type: list
      elements: str
    full:
      description:
        - Whether as many connections wait there as may, so that what else comes is dropped. C(null) for UDP, and where
          the system does not tell.
      type: bool
  sample:
    - port: 389
      protocol: udp
      error: Address already in use
      addresses: [0.0.0.0]
      programs: null
      full: null
services:
  description: Ports of O(ranges) on which services of the host listen for others, at most 16 of each range.
  type: list
  elements: dict
  returned: when O(mode=listen)
  contains:
    port:
      description: The port.
      type: int
    protocol:
      description: V(tcp) or V(udp).
      type: str
    addresses:
      description: The addresses on which a program waits there.
      type: list
      elements: str
  sample:
    - port: 49664
      protocol: tcp
      addresses: [0.0.0.0]
until:
  description: When the listener ends by itself unless it is asked, ISO 8601, UTC.
  type: str
  returned: when O(mode=listen)
  sample: "2026-11-25T00:35:00Z"
watching:
  description:
    - Whether this host sees what arrives for O(listen) before its own firewall has a say, whether or not anybody
      listens there. On Linux that needs C(CAP_NET_RAW), which root has.
  type: bool
  returned: when O(mode=listen)
  sample: true
addresses:
  description: This host's own addresses.
  type: list
  elements: str
  returned: when O(mode=listen)
  sample: [127.0.0.1, 192.0.2.7]
stopped:
  description: How many listeners were ended, or would be in check mode.
  type: int
  returned: when O(mode=stop)
  sample: 1
arrived:
  description:
    - What reached the listeners. A connection counts from the first segment that the host answered, so that it is here
      even if the answer was lost; a datagram if it had the nonce.
  type: list
  elements: dict
  returned: when O(mode=stop)
  contains:
    protocol:
      description: V(tcp) or V(udp).
      type: str
    port:
      description: The port.
      type: int
    source:
      description: The address that it came from, as this host sees it.
      type: str
    source_port:
      description: The port that it came from.
      type: int
    tag:
      description: The RV(results[].tag) of the flow, C(null) where it did not get that far.
      type: str
  sample:
    - protocol: udp
      port: 389
      source: 192.0.2.20
      source_port: 51730
      tag: 0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a6978
seen:
  description:
    - What arrived, whatever this host's firewall did about it afterwards. TCP segments that ask for a connection, and
      datagrams that begin as a question does.
  type: list
  elements: dict
  returned: when O(mode=stop)
  contains:
    protocol:
      description: V(tcp) or V(udp).
      type: str
    port:
      description: The port.
      type: int
    source:
      description: The address that it came from.
      type: str
    source_port:
      description: The port that it came from.
      type: int
    to:
      description: The address that it came to.
      type: str
    granted:
      description: Whether this host's answer to a TCP segment that asks for a connection left, behind its firewall.
      type: bool
    route_back:
      description: The way back to there, as RV(results[].route). C(null) where this host has none.
      type: dict
  sample: []
decided:
  description: What this host's firewall decided about each of these, if the listener was started with O(explain).
  type: list
  elements: dict
  returned: when O(mode=stop)
  contains:
    protocol:
      description: V(tcp) or V(udp).
      type: str
    port:
      description: The port.
      type: int
    source:
      description: The address that it came from.
      type: str
    source_port:
      description: The port that it came from.
      type: int
    to:
      description: The address that it came to.
      type: str
    outcome:
      description:
        - V(passed), V(refused) (by RV(decided[].rule)), V(forwarded) to another address or port, or V(lost), where no
          rule of nftables decided, such as by the reverse path filter or the older iptables.
      type: str
    family:
      description: Family of the table that refused, C(null) if none did.
      type: str
    table:
      description: The table.
      type: str
    chain:
      description: The chain in it.
      type: str
    rule:
      description: The rule in it, or the chain's policy, as nft writes it.
      type: str
    chains:
      description: The chains that it came through.
      type: list
      elements: str
  sample: []
logging:
  description:
    - Whether rules of this host write into the kernel's log, as firewalld's do with C(LogDenied) and ours with the
      option C(log) of the roles. V(on), V(off), or V(unknown) where rules or log cannot be read. C(null) without
      O(explain) and O(listen).
  type: str
  returned: when O(mode=stop)
  sample: "on"
logged:
  description: What the log tells of packets to the ports of O(listen), of this run and earlier ones, the oldest first.
  type: list
  elements: dict
  returned: when O(mode=stop)
  contains:
    protocol:
      description: V(tcp) or V(udp).
      type: str
    port:
      description: The port.
      type: int
    source:
      description: The address that it came from.
      type: str
    source_port:
      description: The port that it came from.
      type: int
    to:
      description: The address that it came to.
      type: str
    says:
      description: The prefix that the rule gives to the line.
      type: str
  sample: []
"""

import datetime
from typing import Any, Dict

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.therefore.firewall.plugins.module_utils._probe import (
    kernel_log,
    listener,
    listener_sockets,
    netlink,
    services,
)
from ansible_collections.therefore.firewall.plugins.module_utils._probe import probe as _probe
from ansible_collections.therefore.firewall.plugins.module_utils._probe.flow import Settings
from ansible_collections.therefore.firewall.plugins.module_utils._probe.options import ProbeError, check
from ansible_collections.therefore.firewall.plugins.module_utils._probe.watch import Watch, watch

PROTOCOL: Dict[str, Any] = {"type": "str", "choices": ["tcp", "udp"], "default": "tcp"}

TARGET_OPTIONS: Dict[str, Dict[str, Any]] = {
    "id": {"type": "str"},
    "host": {"type": "str", "required": True},
    "port": {"type": "int", "required": True},
    "protocol": PROTOCOL,
    "tls": {"type": "bool", "default": False},
    "server_name": {"type": "str"},
    "listener": {"type": "bool", "default": False},
    "name": {"type": "str"},
}

LISTEN_OPTIONS: Dict[str, Dict[str, Any]] = {"port": {"type": "int", "required": True}, "protocol": PROTOCOL}

RANGE_OPTIONS: Dict[str, Dict[str, Any]] = {
    "first": {"type": "int", "required": True},
    "last": {"type": "int", "required": True},
    "protocol": PROTOCOL,
}

OPTIONS: Dict[str, Dict[str, Any]] = {
    "mode": {"type": "str", "choices": ["probe", "listen", "stop"], "default": "probe"},
    "targets": {"type": "list", "elements": "dict", "default": [], "options": TARGET_OPTIONS},
    "timeout": {"type": "float", "default": 3},
    "attempts": {"type": "int", "default": 2},
    "concurrency": {"type": "int", "default": 1000},
    "nonce": {"type": "str"},
    "name": {"type": "str"},
    "listen": {"type": "list", "elements": "dict", "default": [], "options": LISTEN_OPTIONS},
    "ranges": {"type": "list", "elements": "dict", "default": [], "options": RANGE_OPTIONS},
    "seconds": {"type": "int", "default": 120},
    "explain": {"type": "bool", "default": False},
}


def probe(parameters: Dict[str, Any]) -> Dict[str, Any]:
    """What became of each target."""
    settings = Settings(parameters["timeout"], parameters["attempts"], parameters["nonce"])
    try_all = _probe.explained if parameters["explain"] else _probe.probe
    results = try_all(parameters["targets"], settings, parameters["concurrency"])
    return {"results": results, "counts": _probe.counts(results)}


def listen(parameters: Dict[str, Any], check_mode: bool) -> Dict[str, Any]:
    """Start a listener on those ports that nobody uses. Raises OSError."""
    until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=parameters["seconds"])
    found = services.in_ranges(parameters["ranges"])
    sockets, listening, in_use = listener_sockets.open_ports(parameters["listen"])
    for one in in_use if parameters["explain"] else ():
        one["programs"] = services.programs(one["protocol"], one["port"])
    looks = Watch() if check_mode else watch(parameters["listen"], parameters["explain"])
    if check_mode or not (sockets or looks.sightings):
        listener_sockets.close(sockets)
        looks.close()
    else:
        listener.start(parameters["nonce"], sockets, parameters["seconds"], looks, parameters["name"])
    return {
        "listening": listening, "in_use": in_use, "services": found, "until": until.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "watching": looks.sightings is not None, "addresses": sorted(netlink.addresses()),
    }  # fmt: skip


def stop(parameters: Dict[str, Any], check_mode: bool) -> Dict[str, Any]:
    """End the listeners of this nonce."""
    nonce, ports = parameters["nonce"], parameters["listen"] if parameters["explain"] else []
    if check_mode:
        nothing: Dict[str, Any] = {"arrived": [], "seen": [], "decided": [], "logging": None, "logged": []}
        return {"stopped": len(listener.running(nonce)), **nothing}
    stopped = listener.stop(nonce)
    logging, logged = kernel_log.logged(ports) if ports else (None, [])
    for one in stopped.seen:
        back = netlink.route(one["source"])
        one["route_back"] = back._asdict() if back else None
    told = {name: getattr(stopped, name) for name in stopped._fields[1:]}
    return {"stopped": stopped.listeners, **told, "logging": logging, "logged": logged}


def main() -> None:
    """Module entry point."""
    module = AnsibleModule(argument_spec=OPTIONS, supports_check_mode=True)
    try:
        check(module.params)
        if module.params["mode"] == "probe":
            result = probe(module.params)
        elif module.params["mode"] == "listen":
            result = listen(module.params, module.check_mode)
        else:
            result = stop(module.params, module.check_mode)
    except ProbeError as error:
        module.fail_json(msg=str(error))
    except OSError as error:
        module.fail_json(msg=f"mode {module.params['mode']}: {error}; see what limits this user on the host")
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
