# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which rule of this host's nftables decides on some packets, as the kernel itself tells it (nft monitor trace).

For its time there is a table of ours that accepts everything, and only marks the packets whose way is to be told. A
process of its own takes it away as soon as whoever made it says so, or has ended for whatever reason. Needs nft and
CAP_NET_ADMIN.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import secrets
import socket
import tempfile
import time
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from ansible_collections.therefore.firewall.plugins.module_utils._probe import detached
from ansible_collections.therefore.firewall.plugins.module_utils._probe.nft_command import nft

# the first chain is before all others of its hook, the last behind all of theirs
FIRST, LAST = -2000000000, 2000000000
IN = (("first", "prerouting", FIRST), ("passed", "input", LAST), ("forwarded", "forward", LAST))
OUT = (("first", "output", FIRST), ("passed", "postrouting", LAST))
# asked for by a datagram of our own, so that it is known when everything before it has been told
END_PORT = 9
MARK = "limit rate 100/second burst 100 packets meta nftrace set 1"
OURS = b"therefore-probe"
START_SECONDS, END_SECONDS = 5.0, 5.0
# in /proc/net/netlink: the family of netfilter, and the group of traces
NETFILTER, TRACES = "12", 0x100

EVENT = re.compile(r"trace id (\w+) (\w+) (\S+) (\S+) (packet:|rule|unknown rule handle|policy|verdict) ?(.*)")
ENDS = re.compile(r"ip6? saddr (\S+) ip6? daddr (\S+) .*?(tcp|udp) sport (\d+) (?:tcp|udp) dport (\d+)")
VERDICT = re.compile(r"(.*) \(verdict (.*)\)\s*")
GOES_ON = re.compile(r"(accept|continue|return|jump|goto)\b")


class Trace:
    """The decisions on packets to some ports, from now on."""

    def __init__(self, chains: Sequence[Tuple[str, str, int]], ports: Sequence[Mapping[str, Any]]) -> None:
        """Begin. Raises OSError where this host cannot tell."""
        self._table = f"thf-trace-{secrets.token_hex(4)}"
        descriptor, path = tempfile.mkstemp()
        os.unlink(path)
        self._said = os.fdopen(descriptor, "rb")
        ended, held = os.pipe()
        self._held = os.fdopen(held, "wb")
        child = os.fork()
        if child == 0:
            _keep(self._table, descriptor, ended)
        os.close(ended)
        os.waitpid(child, 0)
        try:
            _wait_until_it_listens()
            if asyncio.run(nft("-f", "-", text=_table(self._table, chains, ports)))[0]:
                raise OSError("nft refuses the table")
        except BaseException:
            self.close()
            raise

    def descriptors(self) -> List[int]:
        """What a process that goes on with this has to keep open."""
        return [self._said.fileno(), self._held.fileno()]

    def finish(self) -> List[Dict[str, Any]]:
        """What was decided, and the end of it."""
        until = time.monotonic() + END_SECONDS
        # where this host's own firewall refuses it, its trace comes all the same
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock, contextlib.suppress(OSError):
            sock.sendto(OURS, ("127.0.0.1", END_PORT))
        while True:
            found = decisions(self._text(), self._table)
            if any(one["port"] == END_PORT for one in found) or time.monotonic() > until:
                break
            time.sleep(0.02)
        self.close()
        return [one for one in found if one["port"] != END_PORT]

    def _text(self) -> str:
        # whoever writes has the same place in the file, which is not to be moved
        said = self._said.fileno()
        return os.pread(said, os.fstat(said).st_size, 0).decode(errors="replace")

    def close(self) -> None:
        """Let go of it, so that the table is taken away unless another process goes on with this."""
        self._held.close()
        self._said.close()


def start(chains: Sequence[Tuple[str, str, int]], ports: Sequence[Mapping[str, Any]]) -> Optional[Trace]:
    """The decisions on packets to these ports (port, protocol) from now on, None where this host cannot tell."""
    try:
        return Trace(chains, ports)
    except OSError:
        return None


def _wait_until_it_listens() -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        with open("/proc/net/netlink", encoding="ascii") as file:
            sockets = [line.split() for line in file][1:]
        if any(one[1] == NETFILTER and int(one[3], 16) & TRACES for one in sockets):
            return
        time.sleep(0.01)
    raise OSError("nft does not tell what is decided")


def _table(name: str, chains: Sequence[Tuple[str, str, int]], ports: Sequence[Mapping[str, Any]]) -> str:
    lines = [f"table inet {name} {{"]
    for chain, hook, priority in chains:
        marks = _marks(ports) if chain == "first" else []
        lines += [f"chain {chain} {{", f"type filter hook {hook} priority {priority}; policy accept;", *marks, "}"]
    return "\n".join([*lines, "}", ""])


def _marks(ports: Sequence[Mapping[str, Any]]) -> List[str]:
    """What asks for a connection, and datagrams that begin as our question does."""
    ours = f"@th,64,32 0x{OURS[:4].hex()}"
    found = [f"iifname lo udp dport {END_PORT} {ours} {MARK}", f"oifname lo udp dport {END_PORT} {ours} {MARK}"]
    for one in ports:
        what = "tcp flags & (fin|syn|rst|ack) == syn" if one["protocol"] == "tcp" else ours
        found.append(f"{one['protocol']} dport {one['port']} {what} {MARK}")
    return found


def _keep(table: str, said: int, ended: int) -> None:
    """In a child: have nft write there what is decided until nobody holds the other end of the pipe any more."""
    try:
        detached.leave({said, ended})
        asyncio.run(_monitor(table, said, ended))
    finally:
        os._exit(0)


async def _monitor(table: str, said: int, ended: int) -> None:
    nothing = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        "nft", "-nn", "monitor", "trace", stdin=nothing, stdout=said, stderr=nothing
    )
    try:
        await asyncio.get_running_loop().run_in_executor(None, os.read, ended, 1)
    finally:
        process.kill()
        await process.wait()
        await nft("-f", "-", text=f"delete table inet {table}\n")


def decisions(text: str, own: str) -> List[Dict[str, Any]]:
    """What became of each packet in this output; C(own) is the table that marked them.

    C(outcome) is C(refused) (by the rule, or the policy, of table and chain), C(passed), C(forwarded) to another
    address or port, or C(lost), by what no rule of nftables has said.
    """
    found: Dict[str, Dict[str, Any]] = {}
    for line in text.splitlines():
        event = EVENT.match(line)
        if event:
            number, family, table, chain, kind, rest = event.groups()
            if kind == "packet:":
                ends = ENDS.search(rest)
                if ends and number not in found:
                    found[number] = _lost(ends)
                if ends and number in found and table == own and chain != "first":
                    same = (ends[2], int(ends[5])) == (found[number]["to"], found[number]["port"])
                    found[number]["outcome"] = chain if same else "forwarded"
            elif number in found:
                if table != own and chain not in found[number]["chains"]:
                    found[number]["chains"].append(chain)
                found[number].update(_decided(family, table, chain, kind, rest))
    # what is sent again is asked about again
    latest = {
        (one["protocol"], one["source"], one["source_port"], one["to"], one["port"]): one for one in found.values()
    }
    return list(latest.values())


def _lost(ends: Any) -> Dict[str, Any]:
    source, to, protocol, source_port, port = ends.groups()
    return {
        "protocol": protocol, "source": source, "source_port": int(source_port), "to": to, "port": int(port),
        "outcome": "lost", "family": None, "table": None, "chain": None, "rule": None, "chains": [],
    }  # fmt: skip


def _decided(family: str, table: str, chain: str, kind: str, rest: str) -> Dict[str, Any]:
    """What an event decides, nothing where the packet goes on."""
    told = VERDICT.fullmatch(rest)
    rule, verdict = told.groups() if told else (f"policy {rest.strip()}", rest.strip())
    if GOES_ON.match(verdict) or kind == "verdict":
        return {}
    return {"outcome": "refused", "family": family, "table": table, "chain": chain, "rule": " ".join(rule.split())}
