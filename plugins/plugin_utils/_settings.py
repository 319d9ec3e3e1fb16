# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One role's settings: checked, with defaults. Every refusal names the variable as the user writes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Callable

from ansible_collections.therefore.firewall.plugins.module_utils._addresses import (
    AddressError,
    EveryAddressError,
    canonical,
    is_host_name,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils import _catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._catalogue import nearest

PROFILES = ("domain", "private", "public")
SERVER_COMPONENTS = ("sql_server", "xml_service", "mfp_manager", "mobile_manager", "web")

Check = Callable[[str, Any], Any]


class SettingsError(ValueError):
    """A setting that cannot be used; the message is one line: variable, value, remedy."""


@dataclass(frozen=True)
class Setting:
    """One setting: what it accepts, what it is when nobody says."""

    check: Check
    default: Any


def _refuse(variable: str, value: object, remedy: str) -> SettingsError:
    return SettingsError(f"{variable}: {value!r} {remedy}")


def _plain(value: Any) -> Any:
    """Ansible's tagged and lazy types as plain ones, so that messages and results show the bare value."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, Mapping):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [_plain(item) for item in value]
    return value


def _flag(variable: str, value: Any) -> bool:
    # templates of older ansible-core give booleans as words
    words = {"true": True, "yes": True, "false": False, "no": False}
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in words:
        return words[value.lower()]
    raise _refuse(variable, value, "is no boolean; write true or false")


def _choice(*valid: str) -> Check:
    def check(variable: str, value: Any) -> str:
        if not isinstance(value, str) or value not in valid:
            raise _refuse(variable, value, f"is unknown; {nearest(value, valid)}")
        return value

    return check


def _list(variable: str, value: Any) -> list[Any]:
    if isinstance(value, str):
        parts = [part.strip() for part in value.split(",") if part.strip()]
        raise _refuse(variable, value, f"is a string; write a list: {parts}")
    if not isinstance(value, list):
        raise _refuse(variable, value, "is no list; write one, [] for none")
    return value


def _words(valid: Callable[[], Sequence[str]]) -> Check:
    def check(variable: str, value: Any) -> list[str]:
        given = [_choice(*valid())(variable, item) for item in _list(variable, value)]
        return [word for word in valid() if word in given]

    return check


def _addresses(every: str, names: bool = False) -> Check:
    """A list of addresses; C(every) is the remedy for a network that holds all of them."""

    def one(variable: str, value: Any) -> str:
        if not isinstance(value, str) or not value.strip():
            raise _refuse(variable, value, "is no address; write a string such as '192.0.2.0/24'")
        if names and is_host_name(value.strip()):
            return value.strip().lower().rstrip(".")
        if not names and is_host_name(value.strip()):
            raise _refuse(variable, value, "is a host name; write its address, names are for the online endpoints only")
        try:
            return canonical(value)
        except EveryAddressError as error:
            role = variable.rpartition("_" + every.partition(" ")[0])[0]
            raise _refuse(variable, value, f"{error}; {every.partition(' ')[2].format(role=role)}") from error
        except AddressError as error:
            raise _refuse(variable, value, str(error)) from error

    def check(variable: str, value: Any) -> list[str]:
        return sorted({one(variable, item) for item in _list(variable, value)})

    return check


def _port(variable: str, value: Any) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)  # templates of older ansible-core give numbers as words
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 65535:
        raise _refuse(variable, value, "is no port; write a whole number from 1 to 65535")
    return value


def _mobile_port(variable: str, value: Any) -> int:
    if _port(variable, value) not in (80, 443):
        raise _refuse(variable, value, "is not a port of the Mobile Manager; write 443 or 80, or use port_overrides")
    return _port(variable, value)


def _port_overrides(variable: str, value: Any) -> dict[str, list[int]]:
    if not isinstance(value, dict):
        raise _refuse(variable, value, "is no dictionary; write row ids and their ports: {xml_service: [8443]}")
    known = [*_catalogue.documented_ids(), *_catalogue.supplement_ids()]
    for row_id in value:
        if row_id not in known:
            raise _refuse(variable, row_id, f"is no row; {nearest(row_id, known)}")
    checked = {}
    for row_id, ports in value.items():
        name = f"{variable}.{row_id}"
        checked[row_id] = sorted({_port(name, port) for port in _list(name, ports)})
        if not checked[row_id]:
            raise _refuse(name, ports, "is empty; name at least one port, or leave the row out to keep its own")
    return checked


_FLAG_OFF = Setting(_flag, False)


def _address_setting(name: str, every: str, names: bool = False) -> dict[str, Setting]:
    return {name: Setting(_addresses(f"{name} {every}", names), [])}


_TRUSTED = _address_setting(
    "trusted_subnets", "leave the list empty and set {role}_allow_any_source: true if that is what you want"
)
_ADMINS = _address_setting("admin_addresses", "name the administrators' addresses")
_DEVICES = _address_setting("mfp_addresses", "name the devices, or leave the list empty for the trusted subnets")
_SERVERS = _address_setting("server_addresses", "name the servers, or leave the list empty for the trusted subnets")
_ENDPOINTS = _address_setting(
    "online_endpoints", "leave the list empty and set {role}_allow_any_endpoint: true if that is what you want", names=True
)
_INTERNET_SOURCES = _address_setting("internet_sources", "leave the list empty for any source")
_INTERNET = {"internet": _FLAG_OFF, "internet_http": _FLAG_OFF, "mobile_port": Setting(_mobile_port, 443)}
_ANY_SOURCE = {"allow_any_source": _FLAG_OFF}
_ANY_ENDPOINT = {"allow_any_endpoint": _FLAG_OFF}

_COMMON = {
    "state": Setting(_choice("present", "absent"), "present"),
    "windows_profiles": Setting(_words(lambda: PROFILES), []),
    "port_overrides": Setting(_port_overrides, {}),
    "block_public": Setting(_flag, True),
    "egress": Setting(_choice("allow", "deny"), "allow"),
    "profile": Setting(_choice("documented", "minimal"), "documented"),
    "supplements": Setting(_words(_catalogue.supplement_ids), []),
}

SETTINGS: dict[str, dict[str, Setting]] = {
    "therefore_server": {
        **_COMMON, **_TRUSTED, **_ADMINS, **_DEVICES, **_INTERNET, **_INTERNET_SOURCES, **_ANY_SOURCE,
        "components": Setting(_words(lambda: SERVER_COMPONENTS), list(SERVER_COMPONENTS)),
        "domain_controller": _FLAG_OFF,
    },
    "therefore_client": {
        **_COMMON, **_TRUSTED, **_ADMINS, **_SERVERS, **_INTERNET, **_ANY_SOURCE, "inbound": _FLAG_OFF,
    },
    "therefore_mfp_gateway": {
        **_COMMON, **_TRUSTED, **_DEVICES, **_SERVERS, **_ENDPOINTS, **_ANY_SOURCE, **_ANY_ENDPOINT,
        "mode": Setting(_choice("terminate", "relay", "route"), "terminate"),
        "edition": Setting(_choice("on_premises", "online"), "on_premises"),
    },
    "therefore_online_client": {
        **_COMMON, **_ENDPOINTS, **_ANY_ENDPOINT, "components": Setting(_words(lambda: ("mfp",)), []),
    },
}  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """Checked settings of one role. A setting that the role has not reads as its harmless value."""

    role: str
    values: dict[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        return self.values.get(name, [])

    def variable(self, name: str) -> str:
        """The setting's name as the user writes it."""
        return f"{self.role}_{name}"


def check_role(role: Any) -> str:
    """The role's name. Raises SettingsError."""
    return str(_choice(*SETTINGS)("role", _plain(role)))


def check_settings(role: str, given: Any) -> Settings:
    """All settings of the role, checked, with defaults for those not given. Raises SettingsError."""
    given = _plain(given)
    if not isinstance(given, dict):
        raise _refuse("settings", given, f"is no dictionary; write one with settings of {role}")
    known = SETTINGS[role]
    for name in given:
        if name not in known:
            raise _refuse("settings", name, f"is no setting of {role}; {nearest(name, known)}")
    checked = {
        name: setting.check(f"{role}_{name}", given[name]) if name in given else setting.default
        for name, setting in known.items()
    }
    settings = Settings(role, checked)
    _check_together(settings)
    return settings


def _check_together(settings: Settings) -> None:
    if settings.internet_http and not settings.internet:
        raise SettingsError(
            f"{settings.variable('internet_http')}: True has no effect while {settings.variable('internet')} is false; "
            "set both, or neither"
        )
    if settings.internet_sources and not settings.internet:
        raise SettingsError(
            f"{settings.variable('internet_sources')}: {settings.internet_sources} have no effect while "
            f"{settings.variable('internet')} is false; set it to true, or empty the list"
        )
