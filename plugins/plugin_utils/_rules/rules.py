# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows and one host's settings become the rules that the host must have. Pure: no Ansible, no I/O, no host."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypedDict

from ansible_collections.therefore.firewall.plugins.plugin_utils._article import catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._article.catalogue import (
    DOMAIN,
    INTERNET,
    Duty,
    Row,
    span,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.kept import (
    controller_rules,
    is_kept,
    keep_rules,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.selection import duties_of, rows_that_count
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.settings import (
    Settings,
    check_role,
    check_settings,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError, refuse

ANY = ("any",)
PROFILES = {DOMAIN: ("domain",), INTERNET: ("domain", "private")}
# whom a list of their own names, wherever they are
LISTS = {"controllers": "domain_controllers", "devices": "mfp_addresses"}
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


class _Rule(TypedDict):
    id: str
    rows: list[str]
    name: str
    description: str
    direction: str
    protocol: str
    ports: list[int | str]
    peers: list[str]
    scope: str
    profiles: list[str]
    action: str
    source: str


class Rule(_Rule, total=False):
    """One rule; C(sources) on forward rules only, C(keyword) where Windows has one for the ports.

    C(tls) is true where TLS is to be expected on ports other than 443.
    """

    sources: list[str]
    keyword: str
    tls: bool


def rules_for(rows: Iterable[Mapping[str, Any]], role: str, settings: Mapping[str, Any]) -> list[Rule]:
    """The rules of a host with this role, sorted by id. Raises InputError.

    Args:
        rows: Whole rows as the lookup C(ports) gives them; only these give rules. Supplement rows give rules when the
            settings ask for them, and then need not be given.
        role: Name of the role, such as C(therefore_server).
        settings: The role's variables without its prefix. What is left out has its default.
    """
    checked = check_settings(check_role(role), settings)
    if checked.state == "absent":
        return []
    owners: dict[Flow, list[Row]] = {}
    for row in rows_that_count(rows, checked):
        for flow in _flows(row, checked):
            owners.setdefault(flow, []).append(row)
    owners.update(_blocks(owners, checked))
    rules = _rules(owners, checked)
    if checked.egress == "deny":
        rules += [*controller_rules(role, checked.domain_controllers), *keep_rules(role, checked.egress_keep)]
    return sorted(rules, key=lambda rule: rule["id"])


def _flows(row: Row, settings: Settings) -> Iterator[Flow]:
    for duty in duties_of(row["id"], settings):
        for scope in _scopes(row, settings):
            far = _far_end(row, duty, settings)
            peers = _peers(far, duty["direction"], scope, settings)
            sources = _peers(duty["sources"], "in", scope, settings) if "sources" in duty else ()
            profiles = tuple(settings.windows_profiles) or PROFILES[scope]
            for protocol in row["protocols"]:
                for port in _ports(row, settings):
                    # what is kept open to the domain controllers under deny is so on every profile
                    kept = settings.egress == "deny" and is_kept(row["id"], protocol, port)
                    if not _dropped(row, port, protocol, duty, settings) and not (far == "controllers" and kept):
                        yield Flow(duty["direction"], protocol, port, scope, peers, sources, profiles, "allow")


def _far_end(row: Row, duty: Duty, settings: Settings) -> str:
    """Who is at the far end: of the directory's rows the domain controllers, where the settings name some."""
    if duty["direction"] == "out" and settings.domain_controllers and catalogue.is_directory(row["id"]):
        return "controllers"
    return duty["peers"]


def _scopes(row: Row, settings: Settings) -> list[str]:
    """The domain half always, the internet half of a row only when asked for, port 80 once more."""
    scopes = catalogue.scopes(row["id"])
    if DOMAIN not in scopes:
        return scopes
    reaches = settings.internet_http if row["id"] == "http" else row["id"] in settings.internet_rows
    return [DOMAIN, INTERNET] if settings.internet and reaches else [DOMAIN]


def _ports(row: Row, settings: Settings) -> list[int | str]:
    if row["id"] in settings.port_overrides:
        return list(settings.port_overrides[row["id"]])
    return [settings.mobile_port] if row["id"] == "mobile_manager" else list(row["ports"])


def _dropped(row: Row, port: int | str, protocol: str, duty: Duty, settings: Settings) -> bool:
    minimal = settings.profile == "minimal"
    if row["id"] == "ldap" and duty["direction"] == "in" and (minimal or settings.domain_controllers):
        return not settings.domain_controller
    return minimal and catalogue.minimal_drops(row["id"], port, protocol)


def _peers(who: str, direction: str, scope: str, settings: Settings) -> tuple[str, ...]:
    """The far end, never wider than the settings say. Raises InputError where they say nothing."""
    if who in ("endpoints", "admins"):
        return _endpoints(settings) if who == "endpoints" else _admins(settings)
    if who in LISTS and (given := getattr(settings, LISTS[who])):
        return tuple(given)
    if scope == INTERNET and who != "devices":
        return (tuple(settings.internet_sources) if direction == "in" else ()) or ANY
    if who == "servers" and settings.server_addresses:
        return tuple(settings.server_addresses)
    if not settings.trusted_subnets:
        return _opted_in("trusted_subnets", "allow_any_source", settings)
    # a gateway lets devices in, and nobody else
    admins = settings.admin_addresses if direction == "in" and not settings.mode else []
    return tuple(sorted({*settings.trusted_subnets, *admins}))


def _endpoints(settings: Settings) -> tuple[str, ...]:
    return tuple(settings.online_endpoints) or _opted_in("online_endpoints", "allow_any_endpoint", settings)


def _admins(settings: Settings) -> tuple[str, ...]:
    if not settings.admin_addresses:
        remedy = "list the administrators who reach the devices (or therefore_admin_addresses for all roles)"
        raise _nobody("admin_addresses", f"{remedy}, or take mfp_device_admin out of the supplements", settings)
    return tuple(settings.admin_addresses)


def _opted_in(name: str, opt_out: str, settings: Settings) -> tuple[str, ...]:
    if getattr(settings, opt_out):
        return ANY
    wide = f"or set {settings.variable(opt_out)}: true to allow every address"
    raise _nobody(name, f"list who may be at the far end (or therefore_{name} for all roles), {wide}", settings)


def _nobody(name: str, remedy: str, settings: Settings) -> InputError:
    return refuse(settings.variable(name), [], f"names nobody; {remedy}")


def _blocks(owners: Mapping[Flow, list[Row]], settings: Settings) -> dict[Flow, list[Row]]:
    """A block on the public profile for each inbound port of a row that stays in the domain."""
    if not settings.block_public:
        return {}
    inbound = {flow: rows for flow, rows in owners.items() if flow.direction == "in"}
    reaching = {
        (flow.protocol, *span(flow.port))
        for flow, rows in inbound.items()
        if flow.scope == INTERNET or any(INTERNET in catalogue.scopes(row["id"]) for row in rows)
    }
    blocks: dict[Flow, list[Row]] = {}
    for flow, rows in inbound.items():
        for port in _without(flow.port, [(low, high) for protocol, low, high in reaching if protocol == flow.protocol]):
            block = flow._replace(port=port, peers=ANY, profiles=("public",), action="block")
            blocks.setdefault(block, []).extend(rows)
    if blocks and "public" in settings.windows_profiles:
        block_public = settings.variable("block_public")
        remedy = f"leave public out, or set {block_public}: false"
        problem = f"contradicts {block_public}, and Windows lets a block win"
        raise refuse(settings.variable("windows_profiles"), "public", f"{problem}; {remedy}")
    return blocks


def _without(port: int | str, kept: Iterable[tuple[int, int]]) -> list[int | str]:
    """What remains of a port or range when these spans are taken out."""
    low, end = span(port)
    pieces = []
    for first, last in sorted(one for one in kept if one[0] <= end and one[1] >= low):
        pieces.append((low, first - 1))
        low = max(low, last + 1)
    pieces.append((low, end))
    return [first if first == last else f"{first}-{last}" for first, last in pieces if first <= last]


def _rules(owners: Mapping[Flow, list[Row]], settings: Settings) -> list[Rule]:
    """Flows of one first row that differ in the port alone are one rule."""
    grouped: dict[tuple[str, Flow], list[tuple[Flow, list[Row]]]] = {}
    for flow, rows in owners.items():
        grouped.setdefault((rows[0]["id"], flow._replace(port=0)), []).append((flow, rows))
    return [_rule(flows, settings) for flows in grouped.values()]


def _rule(flows: list[tuple[Flow, list[Row]]], settings: Settings) -> Rule:
    flow, (row, *_others) = flows[0]
    both_scopes = flow.scope == INTERNET and DOMAIN in catalogue.scopes(row["id"])
    block = flow.action == "block"
    short = "fwd" if flow.direction == "forward" else flow.direction
    suffix = f"{'-internet' if both_scopes else ''}{'-block' if block else ''}"
    remark = f"{' (Internet)' if both_scopes else ''}{' (Block Public)' if block else ''}"
    service = row["service"].replace("–", "-")
    row_ids = sorted({one["id"] for _flow, rows in flows for one in rows})
    rule: Rule = {
        "id": f"{row['id']}-{short}-{flow.protocol}{suffix}",
        "rows": row_ids,
        "name": f"{catalogue.role_title(settings.role)} - {service}{remark} "
        f"({flow.protocol.upper()}-{DIRECTION_WORDS[flow.direction]})",
        "description": _description(row_ids),
        "direction": flow.direction,
        "protocol": flow.protocol,
        "ports": sorted((one.port for one, _rows in flows), key=span),
        "peers": list(flow.peers),
        "scope": flow.scope,
        "profiles": list(flow.profiles),
        "action": flow.action,
        "source": "documented" if row["id"] in catalogue.documented_ids() else "supplement",
    }
    if flow.sources:
        rule["sources"] = list(flow.sources)
    if not block and _is_tls(row_ids, settings):
        rule["tls"] = True
    # the keyword stands for the row's own ports, not for those of an override
    if "keyword" in row and flow.direction == "in" and rule["ports"] == row["ports"]:
        rule["keyword"] = row["keyword"]
    return rule


def _is_tls(row_ids: Iterable[str], settings: Settings) -> bool:
    """Whether the XML Service is TLS: the settings say so, or it reaches the internet, which is for TLS alone."""
    internet = settings.internet and "xml_service" in settings.internet_rows
    return "xml_service" in row_ids and bool(settings.xml_service_tls or internet)


def _description(row_ids: Iterable[str]) -> str:
    origins: dict[str, list[str]] = {}
    for row_id in row_ids:
        source = catalogue.row(row_id)["source"]
        dated = f"{source['title']} (modified {source['modified']})" if source["modified"] else source["title"]
        origins.setdefault(dated, []).append(row_id)
    texts = (f"{'row' if len(ids) == 1 else 'rows'} {', '.join(ids)} of: {title}" for title, ids in origins.items())
    return "; ".join(texts)
