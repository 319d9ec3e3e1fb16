# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows and one host's settings become the rules that the host must have. Pure: no Ansible, no I/O, no host."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ansible_collections.therefore.firewall.plugins.plugin_utils import _catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._catalogue import DOMAIN, INTERNET, Duty, Row, nearest
from ansible_collections.therefore.firewall.plugins.plugin_utils._settings import (
    Settings,
    SettingsError,
    check_role,
    check_settings,
)

ANY = ("any",)
PROFILES = {DOMAIN: ("domain",), INTERNET: ("domain", "private")}
DIRECTION_WORDS = {"in": "In", "out": "Out", "forward": "Forward"}


class Flow(NamedTuple):
    """One port that one direction of traffic needs. Two rows that give the same flow share a rule."""

    direction: str
    protocol: str
    port: int | str
    scope: str
    peers: tuple[str, ...]
    sources: tuple[str, ...]
    profiles: tuple[str, ...]
    action: str


def rules_for(rows: Iterable[Mapping[str, Any]], role: str, settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rules of a host with this role, sorted by id. Raises SettingsError.

    Args:
        rows: Rows as the lookup C(ports) gives them; only these give rules. Supplement rows that the settings ask for
            and that are missing are added.
        role: Name of the role, such as C(therefore_server).
        settings: The role's variables without its prefix. What is left out has its default.
    """
    checked = check_settings(check_role(role), settings)
    if checked.state == "absent":
        return []
    owners: dict[Flow, list[Row]] = {}
    for row in _rows(rows, checked):
        for flow in _flows(row, checked):
            owners.setdefault(flow, []).append(row)
    owners.update(_blocks(owners, checked))
    return _rules(owners, checked)


def _rows(given: Iterable[Mapping[str, Any]], settings: Settings) -> list[Row]:
    """The rows that count, in the article's order, which decides whose id a shared flow carries."""
    _check_supplements(settings)
    known = [*_catalogue.documented_ids(), *_catalogue.supplement_ids()]
    rows = {}
    for row in given:
        if not isinstance(row, Mapping) or row.get("id") not in known:
            named = row.get("id") if isinstance(row, Mapping) else row
            raise SettingsError(f"rows: {named!r} is no row; pass the rows that the lookup therefore.firewall.ports gives")
        rows[str(row["id"])] = dict(row)
    for name in settings.supplements:
        rows.setdefault(name, _catalogue.row(name))
    wanted = [*_catalogue.documented_ids(), *settings.supplements]
    return [rows[row_id] for row_id in wanted if row_id in rows]


def _check_supplements(settings: Settings) -> None:
    owed = {row_id for duty in _catalogue.duties(settings.role) for row_id in duty["rows"]}
    useful = [name for name in _catalogue.supplement_ids() if name in owed]
    for name in settings.supplements:
        if name not in useful:
            remedy = f"remove it. {nearest(name, useful)}" if useful else "leave the list empty"
            raise SettingsError(
                f"{settings.variable('supplements')}: {name!r} is nothing that {settings.role} uses; {remedy}"
            )


def _flows(row: Row, settings: Settings) -> Iterator[Flow]:
    for duty in _catalogue.duties(settings.role):
        if row["id"] not in duty["rows"] or not _holds(duty.get("when", {}), settings):
            continue
        for scope in _scopes(row, settings):
            peers = _peers(duty["peers"], duty["direction"], scope, settings)
            sources = _peers(duty["sources"], "in", scope, settings) if "sources" in duty else ()
            profiles = tuple(settings.windows_profiles) or PROFILES[scope]
            for protocol in row["protocols"]:
                for port in _ports(row, settings):
                    if not _dropped(row, port, protocol, duty, settings):
                        yield Flow(duty["direction"], protocol, port, scope, peers, sources, profiles, "allow")


def _holds(conditions: Duty, settings: Settings) -> bool:
    conditions = dict(conditions)
    component, without = conditions.pop("component", None), conditions.pop("without", None)
    return (
        (component is None or component in settings.components)
        and (without is None or without not in settings.components)
        and all(getattr(settings, name) == value for name, value in conditions.items())
    )


def _scopes(row: Row, settings: Settings) -> list[str]:
    """The domain half always, the internet half of a row that has both only when asked for, port 80 once more."""
    scopes = _catalogue.scopes(row["id"])
    if DOMAIN in scopes and (not settings.internet or (row["id"] == "http" and not settings.internet_http)):
        return [DOMAIN]
    return scopes


def _ports(row: Row, settings: Settings) -> list[int | str]:
    if row["id"] in settings.port_overrides:
        return list(settings.port_overrides[row["id"]])
    return [settings.mobile_port] if row["id"] == "mobile_manager" else list(row["ports"])


def _dropped(row: Row, port: int | str, protocol: str, duty: Duty, settings: Settings) -> bool:
    if settings.profile == "documented":
        return False
    if row["id"] == "ldap" and duty["direction"] == "in":
        return not settings.domain_controller
    return _catalogue.minimal_drops(row["id"], port, protocol)


def _peers(who: str, direction: str, scope: str, settings: Settings) -> tuple[str, ...]:
    """The far end, never wider than the settings say. Raises SettingsError where they say nothing."""
    if who == "endpoints":
        return tuple(settings.online_endpoints) or _opted_in("online_endpoints", "allow_any_endpoint", settings)
    if who == "devices" and settings.mfp_addresses:
        return tuple(settings.mfp_addresses)
    if scope == INTERNET and who != "devices":
        return (tuple(settings.internet_sources) if direction == "in" else ()) or ANY
    if who == "servers" and settings.server_addresses:
        return tuple(settings.server_addresses)
    if not settings.trusted_subnets:
        return _opted_in("trusted_subnets", "allow_any_source", settings)
    admins = settings.admin_addresses if direction == "in" else []
    return tuple(sorted({*settings.trusted_subnets, *admins}))


def _opted_in(name: str, opt_out: str, settings: Settings) -> tuple[str, ...]:
    if getattr(settings, opt_out):
        return ANY
    raise SettingsError(
        f"{settings.variable(name)}: [] names nobody; list who may talk to this host (or therefore_{name} for all "
        f"roles), or set {settings.variable(opt_out)}: true to allow every address"
    )


def _blocks(owners: Mapping[Flow, list[Row]], settings: Settings) -> dict[Flow, list[Row]]:
    """A block on the public profile for each inbound port of a row that stays in the domain."""
    if not settings.block_public:
        return {}
    inbound = {flow: rows for flow, rows in owners.items() if flow.direction == "in"}
    reaching = {
        (flow.protocol, flow.port)
        for flow, rows in inbound.items()
        if any(INTERNET in _catalogue.scopes(row["id"]) for row in rows)
    }
    blocks: dict[Flow, list[Row]] = {}
    for flow, rows in inbound.items():
        if (flow.protocol, flow.port) not in reaching:
            block = flow._replace(peers=ANY, profiles=("public",), action="block")
            blocks.setdefault(block, []).extend(rows)
    if blocks and "public" in settings.windows_profiles:
        raise SettingsError(
            f"{settings.variable('windows_profiles')}: 'public' contradicts {settings.variable('block_public')}, and "
            f"Windows lets a block win; leave public out, or set {settings.variable('block_public')}: false"
        )
    return blocks


def _rules(owners: Mapping[Flow, list[Row]], settings: Settings) -> list[dict[str, Any]]:
    """Flows of one first row that differ in the port alone are one rule."""
    grouped: dict[tuple[str, Flow], dict[str, Any]] = {}
    for flow, rows in owners.items():
        key = (rows[0]["id"], flow._replace(port=0))
        rule = grouped.setdefault(key, _rule(rows[0], flow, settings))
        rule["ports"] = sorted({*rule["ports"], flow.port}, key=lambda port: int(str(port).partition("-")[0]))
        rule["rows"] = sorted({*rule["rows"], *(row["id"] for row in rows)})
    for rule in grouped.values():
        rule["description"] = _description(rule)
    return sorted(grouped.values(), key=lambda rule: str(rule["id"]))


def _rule(row: Row, flow: Flow, settings: Settings) -> dict[str, Any]:
    both_scopes = flow.scope == INTERNET and DOMAIN in _catalogue.scopes(row["id"])
    block = flow.action == "block"
    short = "fwd" if flow.direction == "forward" else flow.direction
    suffix = f"{'-internet' if both_scopes else ''}{'-block' if block else ''}"
    remark = f"{' (Internet)' if both_scopes else ''}{' (Block Public)' if block else ''}"
    service = str(row["service"]).replace("–", "-")
    rule = {
        "id": f"{row['id']}-{short}-{flow.protocol}{suffix}",
        "rows": [],
        "name": f"{_catalogue.role_title(settings.role)} - {service}{remark} "
        f"({flow.protocol.upper()}-{DIRECTION_WORDS[flow.direction]})",
        "direction": flow.direction,
        "protocol": flow.protocol,
        "ports": [],
        "peers": list(flow.peers),
        "scope": flow.scope,
        "profiles": list(flow.profiles),
        "action": flow.action,
        "source": "documented" if row["id"] in _catalogue.documented_ids() else "supplement",
    }
    if flow.sources:
        rule["sources"] = list(flow.sources)
    if "keyword" in row and flow.direction == "in":
        rule["keyword"] = row["keyword"]
    return rule


def _description(rule: Mapping[str, Any]) -> str:
    origins = {}
    for row_id in rule["rows"]:
        source = _catalogue.row(row_id)["source"]
        dated = f"{source['title']} (modified {source['modified']})" if source["modified"] else source["title"]
        origins[dated] = [*origins.get(dated, []), row_id]
    return "; ".join(f"{'row' if len(ids) == 1 else 'rows'} {', '.join(ids)} of: {title}" for title, ids in origins.items())
