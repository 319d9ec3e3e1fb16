# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""firewalld over its D-Bus interface (firewalld.dbus(5)), with dbus-python alone.

firewalld's own Python client is not used: importing it takes longer than all our calls together, and it wraps the
same interface.
"""

from __future__ import annotations

import re
import shutil
import time
from contextlib import contextmanager, suppress
from typing import Any, Callable, Dict, Iterator, List, Tuple

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import systemd
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.dbus_errors import is_gone, said
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.dbus_types import (
    ipset_from_dbus,
    ipset_to_dbus,
    plain,
    policy_from_dbus,
    policy_to_dbus,
    strings,
    variants,
)
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.kernel import Kernel
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import IpSet, Policy, State

try:
    import dbus
except ImportError:  # the module respawns under an interpreter that has it, or says what to install
    dbus = None

BUS_NAME = "org.fedoraproject.FirewallD1"
ROOT = "/org/fedoraproject/FirewallD1"
CONFIG = "/org/fedoraproject/FirewallD1/config"
UNIT = "firewalld.service"
# Reading is a matter of milliseconds; a reload of a large configuration may take a minute.
CALL_TIMEOUT_SECONDS = 120
STOP_SECONDS = 20.0

# The words for a kind of object in the names of the permanent configuration's methods.
CONFIG_KINDS = {"zone": "Zone", "policy": "Policy", "ipset": "IPSet", "service": "Service"}


class FirewalldError(RuntimeError):
    """firewalld cannot be used, or refused something.

    C(state) says which: missing, stopped, failed or running; C(changed) whether the host is not as it was found.
    """

    def __init__(self, message: str, state: str = "running", changed: bool = False) -> None:
        super().__init__(message)
        self.state = state
        self.changed = changed


class Firewalld:
    """One D-Bus session with firewalld. Raises FirewalldError from every method.

    C(alive) is whether it must run now; only it and the service manager can be asked for anything while it does not.
    """

    def __init__(self, alive: bool = True) -> None:
        # an object that firewalld could not write is kept by it, unseen, and in the way of another one of that name
        self.remembers_unwritten = self._bus_ended = False
        self.kernel = Kernel()
        self._connect(alive)
        self._owner = self._name_owner()
        self.version = ""
        if alive:
            with _translated():
                self.version = str(self._call(ROOT, "org.freedesktop.DBus.Properties", "Get", BUS_NAME, "version"))

    def _connect(self, alive: bool = True) -> None:
        try:
            self._bus = dbus.SystemBus(private=True)
            # D-Bus may end before we do, which is to be said and not to be died of
            self._bus.set_exit_on_disconnect(False)
            # asking for the owner does not start a stopped service, a call would
            running = self._bus.name_has_owner(BUS_NAME)
        except dbus.exceptions.DBusException as error:
            raise FirewalldError(
                f"the system D-Bus cannot be reached ({said(error)}); start it (systemctl start dbus), then firewalld",
                installed_state(),
            ) from error
        if alive and not running:
            raise _not_running()

    def restarted(self) -> bool:
        """Whether another firewalld runs than the one with which this session began."""
        return self._name_owner() != self._owner

    def _name_owner(self) -> str:
        """Which connection is firewalld's; none has a name that is given again."""
        with suppress(dbus.exceptions.DBusException):
            return str(self._bus.get_name_owner(BUS_NAME))
        return ""

    def alive(self) -> bool:
        """Whether firewalld, perhaps started anew, can be talked to; the session goes on with that one."""
        try:
            return bool(self._bus.name_has_owner(BUS_NAME))
        except dbus.exceptions.DBusException:
            self._bus_ended = True
        with suppress(FirewalldError):
            self._connect()
            return True
        return False

    def start_crashed(self) -> None:
        """Have systemd start a firewalld that failed, or ended with D-Bus; one that somebody stopped stays stopped."""
        systemd.start(self._bus, UNIT, ("failed", "inactive") if self._bus_ended else ("failed",))

    def start_stopped(self) -> None:
        """Have systemd start a firewalld that stop() ended."""
        systemd.start(self._bus, UNIT, ("failed", "inactive"))

    def stop(self) -> None:
        """Have systemd end firewalld, and wait until it is gone."""
        systemd.stop(self._bus, UNIT)
        deadline = time.monotonic() + STOP_SECONDS
        while self.alive() and time.monotonic() < deadline:
            time.sleep(0.1)

    def state(self) -> str:
        """RUNNING; FAILED where it could not load what is stored and filters by nothing of it; INIT in between."""
        with _translated():
            return str(self._call(ROOT, "org.freedesktop.DBus.Properties", "Get", BUS_NAME, "state"))

    def keeps_ipsets(self) -> bool:
        """Whether a reload puts the old entries of ipsets back, and keeps those that are not stored any more."""
        with _translated():
            found = self._call(
                CONFIG, "org.freedesktop.DBus.Properties", "Get", f"{BUS_NAME}.config", "FlushAllOnReload"
            )
        return str(found).lower() in ("no", "false")

    def version_at_least(self, *wanted: int) -> bool:
        """Whether firewalld is of this version (major, minor, …) or newer."""
        return tuple(int(part) for part in re.findall(r"\d+", self.version)[:3]) >= wanted

    def panic(self) -> bool:
        """Whether panic mode drops every packet now."""
        return bool(self.ask("", "queryPanicMode"))

    def reload(self) -> None:
        """Load the permanent configuration into the runtime one. What is only in the runtime is lost."""
        with _translated():
            self._call(ROOT, BUS_NAME, "reload")
            self.remembers_unwritten = False

    # reading

    def ask(self, interface: str, method: str) -> Any:
        """What a method of one of the runtime configuration's interfaces, without arguments, answers."""
        with _translated():
            return plain(self._call(ROOT, BUS_NAME + interface, method))

    def config_property(self, name: str) -> Any:
        """A setting of firewalld.conf; none where this firewalld knows no such setting."""
        try:
            with _translated():
                return plain(self._call(CONFIG, "org.freedesktop.DBus.Properties", "Get", f"{BUS_NAME}.config", name))
        except FirewalldError as error:
            if error.state != "running":
                raise
            return None

    def permanent(self, prefix: str) -> State:
        """Our objects of one set, in the permanent configuration."""
        with _translated():
            policies, ipsets = (
                {
                    name: plain(self._config_call(kind, name, "getSettings"))
                    for name in self._config_names(kind)
                    if name.startswith(prefix)
                }
                for kind in ("policy", "ipset")
            )
        return State(
            {name: policy_from_dbus(settings) for name, settings in policies.items()},
            {name: ipset_from_dbus(settings) for name, settings in ipsets.items()},
        )

    def runtime(self, prefix: str) -> State:
        """Our objects of one set, in the runtime configuration."""
        policies = self._settings_of("policy", prefix, self.policy_settings)
        ipsets = self._settings_of("ipset", prefix, self.ipset_settings)
        return State(
            {name: policy_from_dbus(settings) for name, settings in policies.items()},
            {name: ipset_from_dbus(settings) for name, settings in ipsets.items()},
        )

    def _settings_of(self, kind: str, prefix: str, read: Callable[[str], Any]) -> Dict[str, Any]:
        found = {}
        for name in self.names(kind):
            if name.startswith(prefix):
                try:
                    found[name] = read(name)
                except FirewalldError as error:
                    # a reload of somebody else's took it away since its name was read
                    if "INVALID_" not in str(error):
                        raise
        return found

    def names(self, kind: str) -> List[str]:
        """Names of the runtime objects of a kind: zone, policy, ipset or service."""
        interface, method = {
            "zone": (".zone", "getZones"), "policy": (".policy", "getPolicies"), "ipset": (".ipset", "getIPSets"),
            "service": ("", "listServices"),
        }[kind]  # fmt: skip
        return list(self.ask(interface, method))

    def permanent_names(self, kind: str) -> List[str]:
        """Names of the permanent objects of a kind, as in names()."""
        with _translated():
            return self._config_names(kind)

    def zone_settings(self, name: str) -> Dict[str, Any]:
        """A zone's runtime settings."""
        with _translated():
            return plain(self._call(ROOT, f"{BUS_NAME}.zone", "getZoneSettings2", name))

    def settings_of_zone(self, name: str) -> List[Dict[str, Any]]:
        """A zone's runtime and permanent settings, of which a zone that is new or removed has one only."""
        with _translated():
            found = [self.zone_settings(name)] if name in self.names("zone") else []
            if name in self._config_names("zone"):
                found.append(self.permanent_settings("zone", name))
        return found

    def permanent_settings(self, kind: str, name: str) -> Dict[str, Any]:
        """A zone's or policy's permanent settings."""
        with _translated():
            return plain(self._config_call(kind, name, {"zone": "getSettings2", "policy": "getSettings"}[kind]))

    def service_ports(self, name: str) -> List[str]:
        """The ports, C(port/protocol), of a runtime service's own definition; none where there is no such service."""
        if name not in self.names("service"):
            return []
        with _translated():
            settings = plain(self._call(ROOT, BUS_NAME, "getServiceSettings2", name))
        return [f"{port}/{protocol}" for port, protocol in settings.get("ports", []) if port]

    def policy_settings(self, name: str) -> Dict[str, Any]:
        """A policy's runtime settings."""
        with _translated():
            return plain(self._call(ROOT, f"{BUS_NAME}.policy", "getPolicySettings", name))

    def ipset_settings(self, name: str) -> List[Any]:
        """An ipset's runtime settings: version, short, description, type, options, entries."""
        with _translated():
            return plain(self._call(ROOT, f"{BUS_NAME}.ipset", "getIPSetSettings", name))

    def direct_differs(self) -> bool:
        """Whether the permanent direct rules are others than those at runtime: firewalld has not loaded them yet."""
        with _translated():
            stored = plain(self._call(CONFIG, f"{BUS_NAME}.config.direct", "getSettings"))
        running = [self.direct(what) for what in ("Chains", "Rules", "Passthroughs")]
        return any(one not in known for every, known in zip(stored, running) for one in every)

    def direct(self, what: str) -> List[Any]:
        """All direct Chains, Rules or Passthroughs of the runtime configuration."""
        return list(self.ask(".direct", f"getAll{what}"))

    # writing

    def put_policy(self, name: str, policy: Policy, exists: bool) -> None:
        """Write a permanent policy: a new one, or all settings of an existing one."""
        with _translated():
            settings = policy_to_dbus(policy)
            if exists:
                self._config_call("policy", name, "update", settings)
            else:
                self._add("addPolicy", name, settings)

    def put_ipset(self, name: str, ipset: IpSet, exists: bool) -> None:
        """Write a permanent ipset."""
        with _translated():
            settings = ipset_to_dbus(ipset)
            if exists:
                self._config_call("ipset", name, "update", settings)
            else:
                self._add("addIPSet", name, settings)

    def _add(self, method: str, name: str, settings: Any) -> None:
        self.remembers_unwritten = True
        self._call(CONFIG, f"{BUS_NAME}.config", method, name, settings)
        self.remembers_unwritten = False

    def remove(self, kind: str, name: str) -> None:
        """Remove a permanent policy or ipset."""
        with _translated():
            self._config_call(kind, name, "remove")

    def edit_policy(self, name: str, policy: Policy) -> None:
        """Set the rules of a runtime policy."""
        self.set_settings("policy", name, {key: value for key, value in policy_to_dbus(policy).items() if key in (
            "rich_rules", "ports", "protocols")})  # fmt: skip

    def set_settings(self, kind: str, name: str, settings: Dict[str, Any]) -> None:
        """Set the runtime settings of a zone or policy to these."""
        method = {"zone": "setZoneSettings2", "policy": "setPolicySettings"}[kind]
        with _translated():
            self._call(ROOT, f"{BUS_NAME}.{kind}", method, name, variants(settings))

    def put_rich_rule(self, zone: str, text: str, *, stored: bool, there: bool) -> None:
        """Add a rich rule to a zone, or remove it, in the permanent or the runtime configuration."""
        method = "addRichRule" if there else "removeRichRule"
        with _translated():
            if stored:
                self._config_call("zone", zone, method, text)
            else:
                # the time limit of one that is added: none
                self._call(ROOT, f"{BUS_NAME}.zone", method, zone, text, *([0] if there else []))

    def set_entries(self, ipset: str, entries: Tuple[str, ...]) -> None:
        """Set the entries of a runtime ipset to these."""
        with _translated():
            self._call(ROOT, f"{BUS_NAME}.ipset", "setEntries", ipset, strings(entries))

    def add_direct(self, what: str, arguments: List[Any]) -> None:
        """Add a direct Chain, Rule or Passthrough to the runtime configuration."""
        with _translated():
            plain = [strings(one) if isinstance(one, list) else one for one in arguments]
            self._call(ROOT, f"{BUS_NAME}.direct", f"add{what}", *plain)

    # D-Bus

    def _call(self, path: str, interface: str, method: str, *arguments: Any) -> Any:
        proxy = self._bus.get_object(BUS_NAME, path, introspect=False)
        return proxy.get_dbus_method(method, interface)(*arguments, timeout=CALL_TIMEOUT_SECONDS)

    def _config_call(self, kind: str, name: str, method: str, *arguments: Any) -> Any:
        """Call a method of a permanent object."""
        path = self._call(CONFIG, f"{BUS_NAME}.config", f"get{CONFIG_KINDS[kind]}ByName", name)
        return self._call(str(path), f"{BUS_NAME}.config.{kind}", method, *arguments)

    def _config_names(self, kind: str) -> List[str]:
        return plain(self._call(CONFIG, f"{BUS_NAME}.config", f"get{CONFIG_KINDS[kind]}Names"))


def installed_state() -> str:
    """C(stopped) when firewalld is on this host, else C(missing)."""
    return "stopped" if shutil.which("firewalld", path="/usr/sbin:/sbin:/usr/bin:/bin") else "missing"


def _not_running() -> FirewalldError:
    state = installed_state()
    trouble = "is installed but not running" if state == "stopped" else "is not installed"
    return FirewalldError(
        f"firewalld {trouble} on this host; start it after allowing your management port "
        "(firewall-offline-cmd --add-service=ssh), or let the role do both with <role>_manage_firewalld: true",
        state,
    )


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except dbus.exceptions.DBusException as error:
        if is_gone(error):
            raise FirewalldError(f"firewalld does not answer any more: {said(error)}", "stopped") from error
        raise FirewalldError(f"firewalld: {said(error)}") from error
