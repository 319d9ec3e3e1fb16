# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One role's settings: checked, with defaults. Every refusal names the variable as the user writes it."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._article import catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.kept import check_keep
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import (
    Check,
    InputError,
    a_list,
    addresses,
    choice,
    flag,
    nearest,
    plain,
    port,
    refuse,
    words,
)

PROFILES = ("domain", "private", "public")
# rows that reach the internet once a role's "internet" says so; http has a setting of its own
INTERNET_ROWS = ("https", "mobile_manager")
SERVER_COMPONENTS = ("sql_server", "xml_service", "mfp_manager", "mobile_manager", "web")


@dataclass(frozen=True)
class Setting:
    """One setting: what it accepts, what it is when nobody says."""

    check: Check
    default: Any


def _mobile_port(variable: str, value: Any) -> int:
    if port(variable, value) not in (80, 443):
        raise refuse(variable, value, "is not a port of the Mobile Manager; write 443 or 80, or use port_overrides")
    return port(variable, value)


def _internet_rows(variable: str, value: Any) -> list[str]:
    if "http" in a_list(variable, value):
        other = variable.replace("internet_rows", "internet_http")
        raise refuse(variable, "http", f"has a setting of its own; take it out of the list and set {other}: true")
    return list(words((*INTERNET_ROWS, "xml_service"))(variable, value))


def _port_overrides(variable: str, value: Any) -> dict[str, list[int]]:
    if not isinstance(value, dict):
        raise refuse(variable, value, "is no dictionary; write row ids and their ports: {xml_service: [8443]}")
    known = [*catalogue.documented_ids(), *catalogue.supplement_ids()]
    checked = {}
    for row_id, ports in value.items():
        if row_id not in known:
            raise refuse(variable, row_id, f"is no row; {nearest(row_id, known)}")
        name = f"{variable}.{row_id}"
        if isinstance(ports, int | str) and not isinstance(ports, bool) and str(ports).isdecimal():
            raise refuse(name, ports, f"is no list; write one: [{ports}]")
        checked[row_id] = sorted({port(name, item) for item in a_list(name, ports)})
        if not checked[row_id]:
            raise refuse(name, ports, "is empty; name at least one port, or leave the row out to keep its own")
    return checked


def _address_setting(name: str, every: str, names: bool = False) -> dict[str, Setting]:
    """A list of addresses; C(every) is the remedy where it means all of them, C({role}_) the prefix to use there."""

    def check(variable: str, value: Any) -> list[str]:
        return addresses(variable, value, every.format(role=variable.removesuffix(f"_{name}")), names)

    return {name: Setting(check, [])}


_FLAG_OFF = Setting(flag, False)
_TRUSTED = _address_setting(
    "trusted_subnets", "leave the list empty and set {role}_allow_any_source: true if that is what you want"
)
_ADMINS = _address_setting("admin_addresses", "name the administrators' addresses")
_DEVICES = _address_setting("mfp_addresses", "name the devices, or leave the list empty for the trusted subnets")
_SERVERS = _address_setting("server_addresses", "name the servers, or leave the list empty for the trusted subnets")
_CONTROLLERS = _address_setting(
    "domain_controllers", "name the domain controllers, or leave the list empty for the trusted subnets"
)
_ENDPOINTS = _address_setting(
    "online_endpoints",
    "leave the list empty and set {role}_allow_any_endpoint: true if that is what you want",
    names=True,
)
_INTERNET_SOURCES = _address_setting("internet_sources", "leave the list empty for any source")
_INTERNET = {
    "internet": _FLAG_OFF,
    "internet_http": _FLAG_OFF,
    "internet_rows": Setting(_internet_rows, list(INTERNET_ROWS)),
    "mobile_port": Setting(_mobile_port, 443),
}
_TRANSPORT = {"transport": Setting(choice(("both", "xml_service", "dcom")), "both")}
_ANY_SOURCE = {"allow_any_source": _FLAG_OFF}
_ANY_ENDPOINT = {"allow_any_endpoint": _FLAG_OFF}

_COMMON = {
    "state": Setting(choice(("present", "absent")), "present"),
    "windows_profiles": Setting(words(PROFILES), []),
    "port_overrides": Setting(_port_overrides, {}),
    "block_public": Setting(flag, True),
    "egress": Setting(choice(("allow", "deny")), "allow"),
    "egress_keep": Setting(check_keep, []),
    **_CONTROLLERS,
    "profile": Setting(choice(("documented", "minimal")), "documented"),
    "supplements": Setting(words(catalogue.supplement_ids), []),
    "leave_out": Setting(words(catalogue.documented_ids), []),
}

SETTINGS: dict[str, dict[str, Setting]] = {
    "therefore_server": {
        **_COMMON, **_TRUSTED, **_ADMINS, **_DEVICES, **_SERVERS, **_TRANSPORT, **_INTERNET,
        **_INTERNET_SOURCES, **_ANY_SOURCE,
        "components": Setting(words(SERVER_COMPONENTS), list(SERVER_COMPONENTS)),
        "domain_controller": _FLAG_OFF,
        "xml_service_tls": _FLAG_OFF,
    },
    "therefore_client": {
        **_COMMON, **_TRUSTED, **_ADMINS, **_SERVERS, **_TRANSPORT, **_INTERNET, **_ANY_SOURCE,
        "inbound": _FLAG_OFF,
    },
    "therefore_mfp_gateway": {
        **_COMMON, **_TRUSTED, **_ADMINS, **_DEVICES, **_SERVERS, **_TRANSPORT, **_ENDPOINTS, **_ANY_SOURCE,
        **_ANY_ENDPOINT,
        "mode": Setting(choice(("terminate", "relay", "route")), "terminate"),
        "edition": Setting(choice(("on_premises", "online")), "on_premises"),
    },
    "therefore_online_client": {
        **_COMMON, **_ENDPOINTS, **_ANY_ENDPOINT, "components": Setting(words(("mfp",)), []),
    },
}  # fmt: skip
# settings whose variable without the role in its name, such as therefore_trusted_subnets, is for all roles
SHARED = (
    "trusted_subnets", "admin_addresses", "mfp_addresses", "server_addresses", "domain_controllers", "online_endpoints",
    "port_overrides", "transport",
)  # fmt: skip
_NAMES = frozenset(name for settings in SETTINGS.values() for name in settings)


@dataclass(frozen=True)
class Settings:
    """Checked settings of one role. One that only other roles have reads as the empty list, which asks for nothing."""

    role: str
    values: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        """The setting's value."""
        if name not in _NAMES:
            raise AttributeError(name)
        return self.values.get(name, [])

    def variable(self, name: str) -> str:
        """The setting's name as the user writes it."""
        return f"{self.role}_{name}"


def check_role(role: Any) -> str:
    """The role's name. Raises InputError."""
    return str(choice(tuple(SETTINGS))("role", plain(role)))


def settings_among(role: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The role's settings that are set among a host's variables, as the defaults of the role take them."""
    found = {}
    for name in SETTINGS[role]:
        variable = variable_of(role, name, variables)
        if variable in variables:
            found[name] = variables[variable]
    return found


def variable_of(role: str, name: str, variables: Container[str]) -> str:
    """The variable that says what a setting is: the role's own, or where that is not set the one for all roles."""
    own, shared = f"{role}_{name}", f"therefore_{name}"
    return shared if name in SHARED and own not in variables and shared in variables else own


def as_written(error: InputError, role: str, variables: Container[str]) -> InputError:
    """The refusal of settings, with the names of the variables for all roles where the user wrote those."""
    messages = list(error.messages)
    for name in SHARED:
        own, written = f"{role}_{name}", variable_of(role, name, variables)
        if written != own:
            messages = [re.sub(rf"^({own}[^:\s]*):", rf"\1 (from {written}):", message) for message in messages]
    return InputError(*messages)


def without_defaults(role: str, variables: Mapping[str, Any]) -> set[str]:
    """The names of a host's variables, as they are within a role, without those that only the role's defaults set."""
    defaults = {"{{ therefore_" + name: f"{role}_{name}" for name in SHARED}
    return variables.keys() - {own for start, own in defaults.items() if str(variables.get(own)).startswith(start)}


def check_settings(role: str, given: Any) -> Settings:
    """All settings of the role, checked, with defaults for those not given. Raises InputError."""
    given = plain(given)
    if not isinstance(given, dict):
        raise refuse("settings", given, f"is no dictionary; write one with settings of {role}")
    known = SETTINGS[role]
    for name in given:
        if name not in known:
            meant = str(name).removeprefix(f"{role}_")
            raise refuse("settings", name, f"is no setting of {role}; {nearest(meant, known)}")
    checked = _checked(role, given)
    # Windows may start a domain controller with the Public profile, and a block beats what the domain needs
    if checked.get("domain_controller") and "block_public" not in given:
        checked["block_public"] = False
    settings = Settings(role, checked)
    _check_supplements(settings)
    _check_left_out(settings)
    _check_together(settings)
    return settings


def _checked(role: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Every setting by itself; what is wrong with any of them is said at once."""
    checked: dict[str, Any] = {}
    wrong: list[str] = []
    for name, setting in SETTINGS[role].items():
        try:
            checked[name] = setting.check(f"{role}_{name}", given[name]) if name in given else setting.default
        except InputError as error:
            wrong += error.messages
    if wrong:
        raise InputError(*wrong)
    return checked


def _check_supplements(settings: Settings) -> None:
    owed = {row_id for duty in catalogue.duties(settings.role) for row_id in duty["rows"]}
    useful = [name for name in catalogue.supplement_ids() if name in owed]
    for name in settings.supplements:
        if name not in useful:
            remedy = f"remove it. {nearest(name, useful)}" if useful else "leave the list empty"
            raise refuse(settings.variable("supplements"), name, f"is nothing that {settings.role} uses; {remedy}")


def _check_left_out(settings: Settings) -> None:
    owed = {row_id for duty in catalogue.duties(settings.role) for row_id in duty["rows"]}
    for row_id in settings.leave_out:
        if row_id not in owed:
            known = [one for one in catalogue.documented_ids() if one in owed]
            remedy = f"is no row of {settings.role}; remove it. {nearest(row_id, known)}"
            raise refuse(settings.variable("leave_out"), row_id, remedy)


def _check_together(settings: Settings) -> None:
    if settings.domain_controller and settings.block_public:
        problem = "blocks on the Public profile, which a domain controller may have before its own directory answers"
        remedy = f"{problem}: a block beats the domain's own rules; set it to false, or leave it out"
        raise refuse(settings.variable("block_public"), True, remedy)
    internet = settings.variable("internet")
    if settings.internet_http and not settings.internet:
        remedy = f"has no effect while {internet} is false; set both, or neither"
        raise refuse(settings.variable("internet_http"), True, remedy)
    if settings.internet_sources and not settings.internet:
        remedy = f"has no effect while {internet} is false; set it to true, or empty the list"
        raise refuse(settings.variable("internet_sources"), settings.internet_sources, remedy)
    rows = settings.variable("internet_rows")
    if settings.internet_rows not in ([], list(INTERNET_ROWS)) and not settings.internet:
        remedy = f"has no effect while {internet} is false; set it to true, or leave {rows} as it is by default"
        raise refuse(rows, settings.internet_rows, remedy)
    if "xml_service" in settings.internet_rows and settings.transport == "dcom":
        remedy = (
            f"is left out by {settings.variable('transport')}: dcom; take it out of the list, or choose xml_service"
        )
        raise refuse(rows, "xml_service", remedy)
