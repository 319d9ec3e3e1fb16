# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What firewalld has, stored and at runtime, and how it is changed (firewalld.dbus(5))."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Tuple

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import kernel, libnftables, nft, stored
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.dbus_types import (
    ipset_from_dbus,
    ipset_to_dbus,
    policy_from_dbus,
    policy_to_dbus,
    strings,
    variants,
)
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.kernel import Kernel, Listed
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import IpSet, Policy, State
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.session import (
    BUS_NAME,
    CONFIG,
    PROPERTIES,
    ROOT,
    FirewalldError,
    Session,
)

NETWORK_MANAGER = "org.freedesktop.NetworkManager"
# The words for a kind of object in the names of the permanent configuration's methods.
CONFIG_KINDS = {"zone": "Zone", "policy": "Policy", "ipset": "IPSet", "service": "Service"}
# The interface, below firewalld's own, and the method that tell the names of a kind's runtime objects.
RUNTIME_NAMES = {
    "zone": (".zone", "getZones"), "policy": (".policy", "getPolicies"), "ipset": (".ipset", "getIPSets"),
    "service": ("", "listServices"),
}  # fmt: skip
# The interface and the method that tell a runtime object's settings, given its name.
RUNTIME_SETTINGS = {
    "policy": (f"{BUS_NAME}.policy", "getPolicySettings"), "ipset": (f"{BUS_NAME}.ipset", "getIPSetSettings"),
}  # fmt: skip
# what is remembered beside firewalld's answers
KERNEL_TABLES = ("list tables",)
# from so many ipsets on the kernel is asked first, which tells the entries of everybody's
MANY = 16


class Firewalld(Session):
    """firewalld's two configurations. Raises FirewalldError from every method."""

    def __init__(self, alive: bool = True) -> None:
        # an object that firewalld could not write is kept by it, unseen, and in the way of another one of that name
        self.remembers_unwritten = False
        self.kernel = Kernel()
        super().__init__(alive)

    # settings and state

    def kernel_tables(self) -> Listed:
        """The tables of nf_tables, everybody's; listed once, until something changes."""
        if KERNEL_TABLES not in self._known:
            self._known[KERNEL_TABLES] = libnftables.tables()
        return self._known[KERNEL_TABLES]

    def backend(self) -> str:
        """The backend of firewalld whose rules the kernel has, nothing where it has none."""
        return kernel.backend(self.kernel_tables())

    def ask(self, interface: str, method: str, *arguments: Any) -> Any:
        """What a method of one of the runtime configuration's interfaces answers."""
        return self.read(ROOT, BUS_NAME + interface, method, *arguments)

    def config_property(self, name: str) -> Any:
        """A setting of firewalld.conf; none where this firewalld knows no such setting."""
        try:
            return self.read(CONFIG, PROPERTIES, "Get", f"{BUS_NAME}.config", name)
        except FirewalldError as error:
            if error.state != "running":
                raise
            return None

    def keeps_ipsets(self) -> bool:
        """Whether a reload puts the old entries of ipsets back, and keeps those that are not stored any more."""
        return str(self.config_property("FlushAllOnReload")).lower() in ("no", "false")

    def restores_interfaces(self) -> bool:
        """Whether a reload leaves interfaces in their zones, or NetworkManager puts its own there again."""
        return self.keeps_ipsets() or self.has_owner(NETWORK_MANAGER)

    def ipset_types(self) -> List[str]:
        """The types of ipsets that it can make on this host."""
        return list(self.read(ROOT, PROPERTIES, "Get", BUS_NAME, "IPSetTypes"))

    def panic(self) -> bool:
        """Whether panic mode drops every packet now."""
        return bool(self.ask("", "queryPanicMode"))

    def reload(self) -> None:
        """Load the permanent configuration into the runtime one. What is only in the runtime is lost."""
        self.write(ROOT, BUS_NAME, "reload")
        self.remembers_unwritten = False

    # what is stored

    def permanent(self, prefix: str) -> State:
        """Our objects of one set, in the permanent configuration."""
        policies = self._stored("policy", prefix)
        ipsets = self._stored("ipset", prefix)
        return State(
            {name: policy_from_dbus(settings) for name, settings in policies.items()},
            {name: ipset_from_dbus(settings) for name, settings in ipsets.items()},
        )

    def _stored(self, kind: str, prefix: str) -> Dict[str, Any]:
        names = [name for name in self.permanent_names(kind) if name.startswith(prefix)]
        found = stored.settings(kind, names)
        for name in names:
            if name not in found:
                found[name] = self._read_stored(kind, name, "getSettings")
        return found

    def permanent_names(self, kind: str) -> List[str]:
        """Names of the permanent objects of a kind: zone, policy, ipset or service."""
        return list(self.read(CONFIG, f"{BUS_NAME}.config", f"get{CONFIG_KINDS[kind]}Names"))

    def permanent_settings(self, kind: str, name: str) -> Any:
        """A zone's or policy's permanent settings, or an ipset's as in ipset_settings()."""
        return self._read_stored(kind, name, "getSettings2" if kind == "zone" else "getSettings")

    def _read_stored(self, kind: str, name: str, method: str) -> Any:
        return self.read(self._path(kind, name), f"{BUS_NAME}.config.{kind}", method)

    def _path(self, kind: str, name: str) -> str:
        return str(self.read(CONFIG, f"{BUS_NAME}.config", f"get{CONFIG_KINDS[kind]}ByName", name))

    # what runs

    def runtime(self, prefix: str, kept: Optional[State] = None) -> State:
        """Our objects of one set, in the runtime configuration; C(kept) is what is stored, where that is known.

        Of many ipsets the kernel tells the entries in a fraction of the time: where it has what is stored, it is that.
        """
        policies = self._running("policy", self._named("policy", prefix), self.policy_settings)
        names = self._named("ipset", prefix)
        stored_sets = kept.ipsets if kept and len(names) >= MANY else {}
        listed = nft.networks() if stored_sets else {}
        same = {name: one for name, one in stored_sets.items() if name in names and listed.get(name) == one}
        ipsets = self._running("ipset", [name for name in names if name not in same], self.ipset_settings)
        return State(
            {name: policy_from_dbus(settings) for name, settings in policies.items()},
            {**same, **{name: ipset_from_dbus(settings) for name, settings in ipsets.items()}},
        )

    def _named(self, kind: str, prefix: str) -> List[str]:
        return [name for name in self.names(kind) if name.startswith(prefix)]

    def _running(self, kind: str, names: List[str], read: Callable[[str], Any]) -> Dict[str, Any]:
        found = {}
        self.read_ahead((ROOT, *RUNTIME_SETTINGS[kind], name) for name in names)
        for name in names:
            try:
                found[name] = read(name)
            except FirewalldError as error:
                # a reload of somebody else's took it away since its name was read
                if "INVALID_" not in str(error):
                    raise
        return found

    def names(self, kind: str) -> List[str]:
        """Names of the runtime objects of a kind, as in permanent_names()."""
        return list(self.ask(*RUNTIME_NAMES[kind]))

    def zone_settings(self, name: str) -> Dict[str, Any]:
        """A zone's runtime settings."""
        return self.ask(".zone", "getZoneSettings2", name)

    def read_zones_ahead(self) -> None:
        """Ask for the settings of all zones, at runtime and stored, before each is asked for."""
        names = self.permanent_names("zone")
        asked = [(ROOT, f"{BUS_NAME}.zone", "getZoneSettings2", name) for name in self.names("zone")]
        self.read_ahead([*asked, *((CONFIG, f"{BUS_NAME}.config", "getZoneByName", name) for name in names)])
        self.read_ahead((self._path("zone", name), f"{BUS_NAME}.config.zone", "getSettings2") for name in names)

    def settings_of_zone(self, name: str) -> List[Dict[str, Any]]:
        """A zone's runtime and permanent settings, of which a zone that is new or removed has one only."""
        found = [self.zone_settings(name)] if name in self.names("zone") else []
        if name in self.permanent_names("zone"):
            found.append(self.permanent_settings("zone", name))
        return found

    def service_ports(self, name: str) -> List[str]:
        """The ports, C(port/protocol), of a runtime service's own definition; none where there is no such service."""
        if name not in self.names("service"):
            return []
        return [f"{port}/{protocol}" for port, protocol in self.service_settings(name).get("ports", []) if port]

    def service_settings(self, name: str) -> Dict[str, Any]:
        """A runtime service's own definition."""
        return self.ask("", "getServiceSettings2", name)

    def policy_settings(self, name: str) -> Dict[str, Any]:
        """A policy's runtime settings."""
        return self.ask(".policy", "getPolicySettings", name)

    def ipset_settings(self, name: str) -> List[Any]:
        """An ipset's runtime settings: version, short, description, type, options, entries."""
        return self.ask(".ipset", "getIPSetSettings", name)

    def direct_differs(self) -> bool:
        """Whether the permanent direct rules are others than those at runtime: firewalld has not loaded them yet.

        The file says, for firewalld does not know of one that somebody edited.
        """
        kept = stored.direct()
        running = [self.direct(what) for what in ("Chains", "Rules", "Passthroughs")]
        return kept is None or any(one not in known for every, known in zip(kept, running) for one in every)

    def direct(self, what: str) -> List[Any]:
        """All direct Chains, Rules or Passthroughs of the runtime configuration."""
        return list(self.ask(".direct", f"getAll{what}"))

    # writing what is stored

    def put_policy(self, name: str, policy: Policy, exists: bool) -> None:
        """Write a permanent policy: a new one, or all settings of an existing one."""
        self._put("policy", name, policy_to_dbus(policy), exists)

    def put_ipset(self, name: str, ipset: IpSet, exists: bool) -> None:
        """Write a permanent ipset."""
        self._put("ipset", name, ipset_to_dbus(ipset), exists)

    def _put(self, kind: str, name: str, settings: Any, exists: bool) -> None:
        if exists:
            self.write(self._path(kind, name), f"{BUS_NAME}.config.{kind}", "update", settings)
            return
        self.remembers_unwritten = True
        self.write(CONFIG, f"{BUS_NAME}.config", f"add{CONFIG_KINDS[kind]}", name, settings)
        self.remembers_unwritten = False

    def remove(self, kind: str, name: str) -> None:
        """Remove a permanent policy or ipset."""
        self.write(self._path(kind, name), f"{BUS_NAME}.config.{kind}", "remove")

    # writing what runs

    def edit_policy(self, name: str, policy: Policy) -> None:
        """Set the rules of a runtime policy."""
        self.set_settings("policy", name, {key: value for key, value in policy_to_dbus(policy).items() if key in (
            "rich_rules", "ports", "protocols")})  # fmt: skip

    def set_settings(self, kind: str, name: str, settings: Dict[str, Any]) -> None:
        """Set the runtime settings of a zone or policy to these."""
        method = {"zone": "setZoneSettings2", "policy": "setPolicySettings"}[kind]
        self.write(ROOT, f"{BUS_NAME}.{kind}", method, name, variants(settings))

    def set_entries(self, ipset: str, entries: Tuple[str, ...]) -> None:
        """Set the entries of a runtime ipset to these."""
        self.write(ROOT, f"{BUS_NAME}.ipset", "setEntries", ipset, strings(entries))

    def put_rich_rule(self, zone: str, text: str, *, stored: bool, there: bool) -> None:
        """Add a rich rule to a zone, or remove it, in the permanent or the runtime configuration."""
        method = "addRichRule" if there else "removeRichRule"
        if stored:
            self.write(self._path("zone", zone), f"{BUS_NAME}.config.zone", method, text)
        else:
            # the time limit of one that is added: none
            self.write(ROOT, f"{BUS_NAME}.zone", method, zone, text, *([0] if there else []))

    def add_direct(self, what: str, arguments: List[Any]) -> None:
        """Add a direct Chain, Rule or Passthrough to the runtime configuration."""
        typed = [strings(one) if isinstance(one, list) else one for one in arguments]
        self.write(ROOT, f"{BUS_NAME}.direct", f"add{what}", *typed)
