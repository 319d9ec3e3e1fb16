# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: ports
short_description: The standard ports of Therefore, with where each figure comes from
version_added: 0.1.0
description:
  - Gives the rows of the support article on Therefore's ports, cell by cell, with who is at which end.
  - Supplements (ports that a real network needs and the article leaves out) come only when asked for.
options:
  _terms:
    description: Row ids or service names, in any case. All rows when there are none.
    type: list
    elements: str
  table:
    description: Only rows of this table.
    type: str
    choices: [windows_services, on_premises, online, supplement]
  port:
    description: Only rows with this port.
    type: int
  protocol:
    description: Only rows with this protocol.
    type: str
    choices: [tcp, udp]
  direction:
    description: Only rows with an end of this direction. V(in) and V(out) are short for V(inbound) and V(outbound).
    type: str
    choices: [in, out, inbound, outbound]
  scope:
    description: Only rows that reach this far.
    type: str
    choices: [domain, internet]
  role:
    description: Only rows that this role can owe, whatever its settings.
    type: str
    choices: [therefore_server, therefore_client, therefore_mfp_gateway, therefore_online_client]
  supplements:
    description: Supplement rows to give as well.
    type: list
    elements: str
    default: []
    choices: [rpc_dynamic, netbios_datagram, ldaps, sql_browser, kerberos, dns, smtp, mfp_device_admin, mfp_http]
  expand:
    description:
      - Give one entry per port, protocol and direction instead of one per row. O(port), O(protocol) and O(direction)
        then choose among the entries.
    type: bool
    default: false
notes:
  - Rows of the article, as id, service, ports, protocols, direction, scope.
  - >-
    C(ldap) - LDAP - 389 - tcp, udp - Inbound & Outbound - Domain only
  - >-
    C(dcom) - DCOM (EPMAP) - 135, 137, 139 - tcp, udp - Inbound & Outbound - Domain only
  - >-
    C(sql_server) - MS-SQL-S (SQL Server) - 1433 - tcp - Inbound (SQL Server) / Outbound (Clients) - Domain only
  - >-
    C(smb) - MICROSOFT-DS (SMB) - 445 - tcp - Inbound & Outbound - Domain only
  - >-
    C(http) - HTTP - 80 - tcp - Inbound (web servers) / Outbound (clients) - Domain & Internet
  - >-
    C(https) - HTTPS - 443 - tcp - Inbound (web servers) / Outbound (clients) - Domain & Internet
  - >-
    C(xml_service) - XML Service - 8000 (default) - tcp - Inbound (server) / Outbound (clients) - Domain only
  - >-
    C(mfp_web_service) - MFP Manager – Web Service - 8372 - tcp - Inbound (server) / Outbound (MFP) - Domain only
  - >-
    C(mfp_file_transfer) - MFP Manager – File Transfer - 8373 - tcp - Inbound (server) / Outbound (MFP) - Domain
    only
  - >-
    C(mobile_manager) - Mobile Manager - 80 or 443 - tcp - Inbound (server) / Outbound (clients) - Domain & Internet
    (if mobile devices connect externally)
  - >-
    C(online_xml_service) - XML Service - 443 - tcp - Outbound (client) - Internet (to Therefore Cloud)
  - >-
    C(online_mfp_web_service) - MFP Manager – Web Service - 443 - tcp - Outbound (MFP) - Internet
  - >-
    C(online_mfp_file_transfer) - MFP Manager – File Transfer - 8091 - tcp - Outbound (MFP) - Internet
  - Supplements, which the article leaves out and of which none is open unless asked for.
  - >-
    C(rpc_dynamic) - RPC dynamic ports - 49152-65535 - tcp - Inbound & Outbound - Domain only
  - >-
    C(netbios_datagram) - NetBIOS datagram - 138 - udp - Inbound & Outbound - Domain only
  - >-
    C(ldaps) - LDAP over TLS and global catalog - 636, 3268, 3269 - tcp - Inbound & Outbound - Domain only
  - >-
    C(sql_browser) - SQL Server Browser - 1434 - udp - Inbound & Outbound - Domain only
  - >-
    C(kerberos) - Kerberos - 88, 464 - tcp, udp - Inbound & Outbound - Domain only
  - >-
    C(dns) - DNS - 53 - tcp, udp - Inbound & Outbound - Domain only
  - >-
    C(smtp) - SMTP - 25 - tcp - Inbound & Outbound - Domain only
  - >-
    C(mfp_device_admin) - MFP device administration - 8000, 8443 - tcp - Inbound & Outbound - Domain only
  - >-
    C(mfp_http) - MFP Manager - Web Service (HTTP) - 80 - tcp - Inbound & Outbound - Domain only
seealso:
  - plugin: therefore.firewall.rules_for
    plugin_type: filter
author:
  - The therefore.firewall authors (@therefore-firewall)
"""

EXAMPLES = r"""
- name: Which port is the XML Service on?
  ansible.builtin.debug:
    msg: "{{ query('therefore.firewall.ports', 'xml_service') | map(attribute='ports') }}"

- name: Everything that goes to the internet, one line per port
  ansible.builtin.debug:
    msg: "{{ item.service }}: {{ item.port }}/{{ item.protocol }} {{ item.direction }}"
  loop: "{{ query('therefore.firewall.ports', scope='internet', expand=true) }}"

- name: What does a client need, with the dynamic RPC ports?
  ansible.builtin.debug:
    msg: "{{ query('therefore.firewall.ports', role='therefore_client', supplements=['rpc_dynamic']) }}"
"""

RETURN = r"""
_raw:
  description: Rows in the article's order, then supplements.
  type: list
  elements: dict
  contains:
    id:
      description: The row's id.
      type: str
    table:
      description: V(windows_services), V(on_premises), V(online) or V(supplement).
      type: str
    service:
      description: The article's cell.
      type: str
    ports:
      description: Ports as numbers; the range of C(rpc_dynamic) as a string.
      type: list
      elements: raw
    port_text:
      description: The article's cell.
      type: str
    protocols:
      description: V(tcp), V(udp) or both.
      type: list
      elements: str
    direction:
      description: The article's cell; with O(expand), V(in) or V(out).
      type: str
    scope:
      description: The article's cell.
      type: str
    notes:
      description: What the row is for, in our words.
      type: str
    choice:
      description: Whether only one of the ports is in use, as configured.
      type: bool
    ends:
      description: Who is at which end.
      type: list
      elements: dict
      contains:
        at:
          description: The kind of host.
          type: str
        direction:
          description: V(in) or V(out), seen from that host.
          type: str
    keyword:
      description: Windows' keyword for the ports, on the supplement V(rpc_dynamic).
      type: str
    source:
      description: >-
        C(title) and C(modified) of the publication, the C(table) and C(row) in it, and C(url), where it was seen.
      type: dict
    port:
      description: The entry's port, with O(expand).
      type: raw
    protocol:
      description: The entry's protocol, with O(expand).
      type: str
  sample:
    - id: xml_service
      table: on_premises
      service: XML Service
      port_text: 8000 (default)
      ports: [8000]
      protocols: [tcp]
      direction: Inbound (server) / Outbound (clients)
      scope: Domain only
      notes: Clients to the Therefore server. The article asks for TLS on 443 only.
      choice: false
      ends: [{at: server, direction: in}, {at: client, direction: out}]
      source:
        title: Standard ports and protocols required for Therefore communication
        modified: Mon, 1 Sep at 4:27 PM
        table: Therefore On-Premises Specific Ports
        row: 1
        url: https://softwaresupport.sossystems.co.uk/support/solutions/articles/205000040974
"""

from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible_collections.therefore.firewall.plugins.plugin_utils._article import catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._refusals import refusals
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import (
    Check,
    InputError,
    choice,
    flag,
    nearest,
    plain,
    port,
    refuse,
    words,
)

# Ansible's own checks would split strings at commas, cut 80.9 to 80, and take any word for a boolean.
OPTIONS: dict[str, Check] = {
    "table": choice(catalogue.tables),
    "port": port,
    "protocol": choice(("tcp", "udp")),
    "direction": choice(("in", "out", "inbound", "outbound")),
    "scope": choice((catalogue.DOMAIN, catalogue.INTERNET)),
    "role": choice(catalogue.roles),
    "supplements": words(catalogue.supplement_ids),
    "expand": flag,
}


class LookupModule(LookupBase):
    """The port data, as the user sees it."""

    def run(self, terms: list[Any], variables: Any = None, **kwargs: Any) -> list[catalogue.Row]:
        """Rows (or expanded entries) that match every term and option. Raises AnsibleLookupError."""
        with refusals(AnsibleLookupError, "ports: "):
            self.set_options(var_options=variables, direct=_options(kwargs))
            rows = catalogue.find(_terms(terms), self.get_option("supplements"))
        chosen = [row for row in rows if self._row_matches(row)]
        if self.get_option("expand"):
            chosen = [entry for row in chosen for entry in catalogue.expand(row)]
        return [entry for entry in chosen if self._entry_matches(entry)]

    def _row_matches(self, row: catalogue.Row) -> bool:
        table, scope, role = (self.get_option(name) for name in ("table", "scope", "role"))
        return (
            (not table or row["table"] == table)
            and (not scope or scope in catalogue.scopes(row["id"]))
            and (not role or any(row["id"] in duty["rows"] for duty in catalogue.duties(role)))
        )

    def _entry_matches(self, entry: catalogue.Row) -> bool:
        number, protocol, direction = (self.get_option(name) for name in ("port", "protocol", "direction"))
        directions = {end["direction"] for end in entry["ends"]}
        return (
            (number is None or catalogue.has_port(entry, number))
            and (not protocol or protocol in entry["protocols"])
            and (not direction or direction.removesuffix("bound") in directions)
        )


def _terms(terms: list[Any]) -> list[str]:
    for term in plain(terms):
        if not isinstance(term, str):
            raise refuse("term", term, "is no string; write a row id or a service name")
    return [str(term) for term in plain(terms)]


def _options(given: dict[str, Any]) -> dict[str, Any]:
    for name in given:
        if name not in OPTIONS:
            raise InputError(f"{name!r} is no option; {nearest(name, OPTIONS)}")
    # none is what a template gives for "not set"
    return {name: OPTIONS[name](name, plain(value)) for name, value in given.items() if value is not None}
