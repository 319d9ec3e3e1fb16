# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks on the options of port_probe, before anything is sent: every refusal names the option, the value, a remedy."""

from __future__ import annotations

import ipaddress
import re
from typing import Any, Dict, Mapping, Sequence

from ansible_collections.therefore.firewall.plugins.module_utils._addresses import is_host_name

NONCE = re.compile(r"[0-9A-Za-z]{16,64}")
RANGES = {"timeout": (0.05, 300), "attempts": (1, 10), "concurrency": (1, 10000), "seconds": (1, 86400)}


class ProbeError(Exception):
    """A bad option; the message is for the user."""


def check(parameters: Mapping[str, Any]) -> None:
    """Raises ProbeError at the first bad option."""
    for name, (low, high) in RANGES.items():
        if not low <= parameters[name] <= high:
            raise ProbeError(f"{name}: {parameters[name]!r} is out of range; give {low} to {high}")
    _check_nonce(parameters["mode"], parameters["nonce"])
    for index, target in enumerate(parameters["targets"]):
        _check_target(f"targets[{index}]", target)
    _check_listen(parameters["mode"], parameters["listen"])
    for index, one in enumerate(parameters["ranges"]):
        _check_range(f"ranges[{index}]", one)


def is_address(text: str) -> bool:
    """Whether this is one IPv4 or IPv6 address, the latter with an interface or without."""
    address, percent, _scope = text.partition("%")
    try:
        return ipaddress.ip_address(address).version == 6 or not percent
    except ValueError:
        return False


def _check_nonce(mode: str, nonce: Any) -> None:
    if nonce is None and mode == "probe":
        return
    if not NONCE.fullmatch(nonce or ""):
        raise ProbeError(f"nonce: {nonce!r} with mode {mode}; give 16 to 64 letters and digits, new for each run")


def _check_target(where: str, target: Dict[str, Any]) -> None:
    _check_host(f"{where}.host", target["host"])
    _check_port(f"{where}.port", target["port"])
    if target["server_name"] is not None:
        _check_host(f"{where}.server_name", target["server_name"])
    if target["tls"] and target["protocol"] == "udp":
        raise ProbeError(f"{where}.tls: True with protocol udp; TLS needs tcp, so leave out one of the two")


def _check_host(where: str, host: str) -> None:
    if not is_address(host) and not is_host_name(host):
        raise ProbeError(
            f"{where}: {host!r} is neither an address nor a host name; give one IPv4 or IPv6 address or name"
        )


def _check_port(where: str, port: int) -> None:
    # Ansible takes true for the number 1
    if isinstance(port, bool) or not 1 <= port <= 65535:
        raise ProbeError(f"{where}: {port!r} is no port; give a number from 1 to 65535")


def _check_listen(mode: str, listen: Sequence[Dict[str, Any]]) -> None:
    if mode == "listen" and not listen:
        raise ProbeError(
            "listen: [] with mode listen; give the ports to answer on, such as {port: 8000, protocol: tcp}"
        )
    seen = set()
    for index, entry in enumerate(listen):
        _check_port(f"listen[{index}].port", entry["port"])
        pair = (entry["port"], entry["protocol"])
        if pair in seen:
            raise ProbeError(
                f"listen[{index}].port: {entry['port']} with protocol {entry['protocol']} is there twice; remove one"
            )
        seen.add(pair)


def _check_range(where: str, one: Dict[str, Any]) -> None:
    for end in ("first", "last"):
        _check_port(f"{where}.{end}", one[end])
    if one["first"] > one["last"]:
        raise ProbeError(f"{where}.last: {one['last']} is before {one['first']}, the first; turn them round")
