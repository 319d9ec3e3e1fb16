#!/usr/bin/python
# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: firewalld_ruleset
short_description: Applies one named set of firewall rules through firewalld, whole or not at all
version_added: 0.1.0
description:
  - Reads what firewalld has of the set, compares it with the wanted rules and applies the difference, in one call and
    one D-Bus session, permanently and at runtime.
  - The rules become firewalld policy objects and ipsets whose names begin with C(thf-<name>-). But for O(adopt) nothing
    else is ever edited, no zone, no default zone, no service.
  - Inbound allow rules come before every zone, so they also work where a zone drops or rejects. Block rules come after
    the allow rules of all sets and refuse every other source. What of others has no effect any more because of that is
    among RV(findings).
  - firewalld can make new policies and ipsets only by a reload. The module reloads only then; new connections wait up
    to a second meanwhile. What others have in the runtime configuration is there again afterwards, except the time
    limit of a setting that was added with a timeout. So are rules in the tables of iptables, which firewalld before 2.0
    flushes at a reload; where they could not be put back exactly, the change is refused.
  - Ports that are forwarded before the inbound rules are asked, as those that containers publish, are not held, which
    is among RV(findings).
  - Before a reload, firewalld's own code tries in a network of its own whether what is stored can be loaded; what
    cannot is refused. Where the reload fails all the same, the kernel has the former rules again. What they refuse
    passes at no moment; with firewalld's iptables backend it does for the moment until they are loaded again.
  - When a step fails, what was there is put back. A firewalld that crashed meanwhile is waited for, and started again.
  - Runs that may change something wait up to a minute for each other, whatever their sets.
requirements:
  - firewalld 0.9.0 or newer, running, on the host. Rules with O(rules[].direction=out) or O(rules[].direction=forward)
    and peers need 1.0.0 or newer. Before that outbound rules are left out, with a finding, unless outbound traffic is
    refused by O(egress=deny) of any set.
  - The program C(ipset) with firewalld before 1.0, or with its iptables backend, for peers other than V(any).
  - Python 3.7 or newer on the host.
  - The Python D-Bus bindings (package C(python3-dbus)), which firewalld itself needs.
options:
  name:
    description:
      - Name of the set; 1 to 7 lower-case letters and digits that begin with a letter. firewalld before 2.4.0 allows
        17 characters for the longest object name, C(thf-<name>-block).
    type: str
    required: true
  rules:
    description:
      - The rules that the host shall have in this set, as P(therefore.firewall.rules_for#filter) gives them or written
        by hand. A rule of the set that is not in the list is removed.
    type: list
    elements: dict
    default: []
    suboptions:
      id:
        description: Name of the rule, unique in the set and stable from run to run.
        type: str
        required: true
      rows:
        description: Ids of the rows of the port table that ask for the rule.
        type: list
        elements: str
        default: []
      name:
        description: Name of the rule for people. Windows uses it, firewalld does not.
        type: str
      description:
        description: Prose. Windows uses it, firewalld does not.
        type: str
      direction:
        description: Whether the traffic comes to this host, leaves it, or passes through it.
        type: str
        choices: [in, out, forward]
        required: true
      protocol:
        description: Transport protocol.
        type: str
        choices: [tcp, udp]
        required: true
      ports:
        description: List of destination ports, each a number from 1 to 65535 or a range V(low-high).
        type: raw
        required: true
      peers:
        description:
          - "List of the far ends: IPv4 and IPv6 addresses, networks, ranges V(low-high), and host names. Host names are
            resolved on this host, to all their addresses, each time that the module runs. Of one that does not resolve,
            check mode has a finding V(refused), and says nothing of its rules."
          - V([any]) for everybody.
        type: raw
        required: true
      sources:
        description: For O(rules[].direction=forward) the list of hosts that may send, in the form of O(rules[].peers).
        type: raw
        default: []
      scope:
        description: Whether the rule is for internal traffic only or reaches the internet.
        type: str
        choices: [domain, internet]
        default: domain
      profiles:
        description: Windows profiles of the rule. firewalld has none; they only tell contradicting rules apart.
        type: list
        elements: str
        choices: [domain, private, public]
        default: []
      action:
        description: Allow the traffic, or refuse it (inbound only) unless an allow rule of any set takes it.
        type: str
        choices: [allow, block]
        default: allow
      source:
        description: Layer of the port data that the rule comes from.
        type: str
        choices: [documented, supplement]
        default: documented
      keyword:
        description: Windows' own keyword for the ports, where it has one. firewalld does not use it.
        type: str
      tls:
        description: Whether TLS is to be expected on the ports. The playbook verify uses it, firewalld does not.
        type: bool
  state:
    description:
      - V(present) makes the set exactly that of O(rules).
      - V(absent) removes all objects of the set; O(rules) is ignored.
    type: str
    choices: [present, absent]
    default: present
  egress:
    description:
      - V(allow) leaves other outbound traffic to firewalld's own configuration.
      - V(deny) refuses every outbound connection that no outbound rule of any set, and no outbound policy of the user's
        own with a priority below 32000, accepts.
      - What always passes, to every address - answers of connections that others have opened, and loopback; DNS (TCP
        and UDP 53), NTP (UDP 123), DHCP to servers (UDP 67 and 547), ICMP, ICMPv6 and IGMP. Where something on the host
        listens on UDP 67 or 547 when the module runs, a DHCP server or relay, its answers to clients pass, too (UDP 68
        and 546). Nothing else does, so that no DNS over TLS or HTTPS passes, and no mDNS.
      - That is about the host's own connections, to its containers as well, and not about what its containers send.
    type: str
    choices: [allow, deny]
    default: allow
  block_public:
    description:
      - Adds for each inbound allow rule with O(rules[].scope=domain) a block of every other source, unless O(rules)
        has one, named C(<id>-block). Ports that an inbound rule with O(rules[].scope=internet) opens are not blocked.
    type: bool
    default: false
  block_action:
    description:
      - What becomes of traffic that block rules refuse. V(reject) answers that it is refused, V(drop) is silent.
    type: str
    choices: [reject, drop]
    default: reject
  log:
    description:
      - Whether the kernel logs what block rules and O(egress=deny) refuse, at most ten packets a minute for each rule,
        with C(thf-<name>-block) and C(thf-<name>-deny) in front (C(journalctl -k -g thf-)).
    type: bool
    default: false
  zones:
    description:
      - Names of firewalld zones in which somebody may have opened to everybody what rules with
        O(rules[].scope=domain) allow to named peers. No zone is changed; RV(open_in_zones) says what to close there.
    type: list
    elements: str
    default: []
  adopt:
    description:
      - Whether rich rules of zones that accept a port from an address, and do nothing else, are taken away where an
        inbound rule of the set allows all of that, once the set is in force. Otherwise each is a finding V(duplicate).
      - One that only the running configuration has stays, because its time limit could not be put back. Under
        O(guard_token) they stay until the next run.
    type: bool
    default: false
  guard:
    description:
      - Whether the host puts its former rules back by itself unless M(therefore.firewall.firewalld_guard) confirms the
        change within O(guard_seconds). It does so too when it is restarted before that.
      - V(auto) guards changes that can cut the connection by which the host is managed. Those are changes of outbound
        rules while other outbound traffic is refused, and of rules that block O(management_port) or allowed it before.
      - V(always) guards each change, V(never) none.
      - While a change is not confirmed, no other change of any set is accepted.
    type: str
    choices: [auto, always, never]
    default: never
  guard_seconds:
    description: How long a guarded change waits for its confirmation; 10 to 3600 seconds.
    type: int
    default: 60
  guard_token:
    description:
      - The token of a guard that the caller has armed with M(therefore.firewall.firewalld_guard). The change is made
        under that guard, whatever O(guard) says.
    type: str
  management_port:
    description: The TCP port by which the host is managed, for O(guard=auto).
    type: int
    default: 22
  variable_prefix:
    description: How the variables of the caller begin, which refusals name.
    type: str
    default: ruleset
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  platform:
    support: full
    platforms: linux
seealso:
  - module: therefore.firewall.firewalld_guard
  - plugin: therefore.firewall.rules_for
    plugin_type: filter
author:
  - The therefore.firewall authors (@therefore-firewall)
"""

EXAMPLES = r"""
- name: Open the XML Service and the database to the office
  therefore.firewall.firewalld_ruleset:
    name: archive
    block_public: true
    rules:
      - id: xml-service
        direction: in
        protocol: tcp
        ports: [8000]
        peers: [192.0.2.0/24, "2001:db8:10::/64"]
      - id: database
        direction: in
        protocol: tcp
        ports: [1433]
        peers: [192.0.2.10-192.0.2.19]

- name: Route the devices' traffic to the archive, and nothing else of ours
  therefore.firewall.firewalld_ruleset:
    name: mfp
    rules:
      - id: mfp-web-service
        direction: forward
        protocol: tcp
        ports: [8372, 8373]
        sources: [198.51.100.0/24]
        peers: [192.0.2.5]

- name: Refuse all other outbound traffic, and go back in a minute if the host cannot be reached any more
  therefore.firewall.firewalld_ruleset:
    name: archive
    egress: deny
    guard: auto
  register: applied

- name: Leave the connection under which that was done
  ansible.builtin.meta: reset_connection

- name: Keep it
  therefore.firewall.firewalld_guard:
    state: confirmed
    token: "{{ applied.guard.token }}"
  when: applied.guard.armed

- name: Take the set away again
  therefore.firewall.firewalld_ruleset:
    name: archive
    state: absent
"""

RETURN = r"""
changes:
  description:
    - What was changed, or would be in check mode, rule by rule. Where no rule differs but somebody edited one of the
      set's firewalld objects by hand, the object.
  type: list
  elements: dict
  returned: always
  contains:
    action:
      description: V(create), V(update) or V(delete).
      type: str
    id:
      description: The rule's id, V(egress-deny) for the refusal of other outbound traffic, the object's name, or zone,
        port and address of a rule that O(adopt) takes away.
      type: str
    rows:
      description: The rows of the port table that ask for the rule.
      type: list
      elements: str
    before:
      description:
        - The rule as found, C(null) if there was none. Where the permanent and the runtime configuration differed it is
          the permanent one, with C(runtime) for what differed or C(only_in) for a rule that only one of them has.
      type: dict
    after:
      description: The rule as wanted, C(null) if there shall be none. Peers are the entries of its ipsets.
      type: dict
  sample:
    - action: update
      id: xml-service
      rows: []
      before:
        {direction: in, protocol: tcp, ports: ["8000"], peers: [192.0.2.0/24], sources: [], action: allow, rows: []}
      after:
        {direction: in, protocol: tcp, ports: ["8443"], peers: [192.0.2.0/24], sources: [], action: allow, rows: []}
unchanged:
  description: Number of wanted rules that were there already.
  type: int
  returned: always
  sample: 4
findings:
  description: What stands in the way of the rules, or was met on the way, that this set does not own.
  type: list
  elements: dict
  returned: always
  contains:
    kind:
      description:
        - V(shadow) for a policy of somebody else's that comes before the rules and refuses what they allow, or allows
          what a block of theirs refuses, and for rules of iptables that do so with firewalld's iptables backend;
          V(lockdown) for firewalld's lockdown, which may refuse this module, V(panic) for its panic mode.
        - V(override) for a rule, zone or policy of somebody else's that the rules come before, so that it has no effect
          on their packets any more.
        - V(boot) for what keeps the rules from being in force after the next start of the host, a firewalld that is not
          enabled or another service that is and loads rules as well.
        - V(flushed) for rules of others in the tables of iptables, which a reload of firewalld flushes and this module
          puts back. Where that cannot be done exactly, or firewalld before 2.0 is to be started, that is V(refused).
        - V(foreign) for a table of nftables or iptables beside firewalld's that drops, rejects or queues, V(published)
          for ports that are forwarded before the inbound rules are asked, V(container) for a network of containers that
          O(egress=deny) does not hold.
        - V(forwarding) for a kernel that does not forward, or a firewalld that asks no forward rule, V(open_range) for
          what a zone of O(zones) opens among others, V(runtime_only) for a setting that only the running
          configuration has, and that is kept through the reload.
        - V(kept) for a table of nftables that a change of ours left in force, since firewalld could not load its rules.
        - V(failed) for a firewalld that could not load what is stored, and filters by nothing of it.
        - V(duplicate) for a rich rule of a zone that allows what a rule of the set allows, see O(adopt).
        - V(left_out) for outbound rules that this firewalld cannot have, and that would do nothing.
        - V(refused) for a state of the host that forbids the change. Check mode lists it and goes on; otherwise the
          module fails with its message before anything is changed.
      type: str
    object:
      description: The thing that was found.
      type: str
    message:
      description: What it means and what to do.
      type: str
  sample:
    - kind: forwarding
      object: net.ipv4.ip_forward
      message: "The kernel does not forward IPv4 packets; set net.ipv4.ip_forward=1."
volatile:
  description: Host names among the peers, and the addresses that they had in this run. They may change at any time.
  type: dict
  returned: success
  sample: {archive.example.com: [192.0.2.80, "2001:db8::80"]}
open_in_zones:
  description: Inbound ports of rules with O(rules[].scope=domain) that O(zones) open, permanently or at runtime.
  type: list
  elements: dict
  returned: always
  contains:
    zone:
      description: The zone.
      type: str
    port:
      description: The port, as V(port/protocol).
      type: str
  sample:
    - zone: public
      port: 8000/tcp
guard:
  description: The guard of this change.
  type: dict
  returned: always
  contains:
    armed:
      description: Whether the host puts its former rules back by itself unless this change is confirmed.
      type: bool
    needed:
      description: Whether the change is one that is guarded, in check mode one that would be.
      type: bool
    token:
      description: What confirms the change; there while it is armed.
      type: str
    seconds:
      description: How long the guard waits.
      type: int
    until:
      description: When the host puts its former rules back; there while it is armed.
      type: str
  sample: {armed: true, needed: true, token: 3f1c5f0c8b8f1a2b, seconds: 60, until: "2026-11-25T08:30:00Z"}
firewalld:
  description:
    - V(running), V(stopped), V(missing), or V(failed) for a firewalld that could not load what is stored, or of whose
      rules the kernel has none.
    - Where it is V(stopped) or V(missing), only removing a set that was never there succeeds. Where it has V(failed),
      the module has it load everything anew if it can now, and fails with the cause if it cannot. Removing a set
      removes its files in any case.
  type: str
  returned: always
  sample: running
sets:
  description: Names of all sets of ours that are on the host before the change, this one included.
  type: list
  elements: str
  returned: always
  sample: [client, metrics]
check_mode:
  description: Whether this was a check that changes nothing, however that was asked for.
  type: bool
  returned: always
reloaded:
  description: Whether firewalld was reloaded, or would be in check mode.
  type: bool
  returned: success
"""

import platform
import re
from contextlib import nullcontext, suppress
from typing import Any, Dict, List

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.respawn import has_respawned, probe_interpreters_for_module, respawn_module
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import (
    apply,
    boot,
    bypass,
    dbus_types,
    direct,
    files,
    flushed,
    iptables,
    lock,
    overrides,
    refusals,
    rehearsal,
    shadows,
    writable,
    zones,
)
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import wanted as wanted_by
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.adopted import Adoption
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.explain import Explanation, explain
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.firewalld import Firewalld
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.former import Former
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.found import found
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.others import PANIC, Others
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.rule_check import (
    internal_ports,
)
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import (
    PREFIX,
    SET_NAME,
    RulesetError,
    State,
    object_prefix,
)
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.session import (
    FirewalldError,
    installed_state,
)
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.version import fit
from ansible_collections.therefore.firewall.plugins.module_utils._guard import guard, units
from ansible_collections.therefore.firewall.plugins.module_utils._guard.watch import Watch, check_seconds

RULE_OPTIONS: Dict[str, Dict[str, Any]] = {
    "id": {"type": "str", "required": True},
    "rows": {"type": "list", "elements": "str", "default": []},
    "name": {"type": "str"},
    "description": {"type": "str"},
    "direction": {"type": "str", "choices": ["in", "out", "forward"], "required": True},
    "protocol": {"type": "str", "choices": ["tcp", "udp"], "required": True},
    # raw: a list type would take a comma string apart without a word
    "ports": {"type": "raw", "required": True},
    "peers": {"type": "raw", "required": True},
    "sources": {"type": "raw", "default": []},
    "scope": {"type": "str", "choices": ["domain", "internet"], "default": "domain"},
    "profiles": {"type": "list", "elements": "str", "choices": ["domain", "private", "public"], "default": []},
    "action": {"type": "str", "choices": ["allow", "block"], "default": "allow"},
    "source": {"type": "str", "choices": ["documented", "supplement"], "default": "documented"},
    "keyword": {"type": "str", "no_log": False},
    "tls": {"type": "bool"},
}

OPTIONS: Dict[str, Dict[str, Any]] = {
    "name": {"type": "str", "required": True},
    "rules": {"type": "list", "elements": "dict", "default": [], "options": RULE_OPTIONS},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "egress": {"type": "str", "choices": ["allow", "deny"], "default": "allow"},
    "block_public": {"type": "bool", "default": False},
    "block_action": {"type": "str", "choices": ["reject", "drop"], "default": "reject"},
    "log": {"type": "bool", "default": False},
    "zones": {"type": "list", "elements": "str", "default": []},
    "adopt": {"type": "bool", "default": False},
    "guard": {"type": "str", "choices": ["auto", "always", "never"], "default": "never"},
    "guard_seconds": {"type": "int", "default": 60},
    "guard_token": {"type": "str", "no_log": False},
    "management_port": {"type": "int", "default": 22},
    "variable_prefix": {"type": "str", "default": "ruleset"},
}

SYSTEM_PYTHONS = ["/usr/bin/python3", "/usr/libexec/platform-python"]
# dataclasses came with Python 3.7: an older one has the bindings on EL 8, and cannot read our code
NEEDED = "dbus, dataclasses"
# one that ends while it is asked, as in an upgrade
MASKED = (
    "firewalld is installed and masked in systemd on this host: somebody keeps it from being started, perhaps because "
    "another firewall filters there. Where firewalld shall, allow your management port (firewall-offline-cmd "
    "--add-service=ssh), unmask it (systemctl unmask firewalld) and run again"
)
ASK_AGAIN = "nothing was changed: run again when it runs (systemctl status firewalld)"
OURS = re.compile(rf"{PREFIX}{SET_NAME.pattern}-[a-z]+")


def sets(firewalld: Firewalld) -> List[str]:
    """Names of the sets whose policies are on the host."""
    names = {*firewalld.names("policy"), *firewalld.permanent_names("policy")}
    return sorted({name.split("-")[1] for name in names if OURS.fullmatch(name)})


def run(
    module: AnsibleModule,
    firewalld: Firewalld,
    rules: List[Dict[str, Any]],
    wanted: State,
    names: wanted_by.Names,
    result: Dict[str, Any],
) -> None:
    """Compare and, outside check mode, apply; fills the result."""
    prefix = object_prefix(module.params["name"])
    wanted, left_out = fit(firewalld, prefix, wanted)
    result["findings"] += left_out
    result["sets"] = sets(firewalld)
    failed = firewalld.state() == "FAILED"
    permanent, runtime = found(firewalld, prefix)
    idle = [apply.FAILED] if failed else flushed.refusals(firewalld)
    if idle:
        # whatever it says, nothing of it is in force
        runtime = State()
        result["firewalld"] = apply.FAILED["kind"]
        result["findings"] += idle
    adoption = Adoption(firewalld, rules, module.params, failed)
    plan = explain(prefix, permanent, runtime, wanted, names.waiting)
    changes, before = plan.changes + adoption.changes(), plan.before + adoption.text()
    _report(result, plan._replace(changes=changes, before=before), module)
    result["findings"] += adoption.findings()
    if failed:
        report_stored(result, sorted(files.names(prefix) - permanent.names() - wanted.names()))
    result["findings"] += wanted_by.domain_refusals(module.params, rules) if result["changed"] else []
    result["findings"] += wanted_by.forwarding_findings(wanted)
    # where nothing is in force, nobody's rules meet ours
    for part in (shadows,) if failed else (shadows, overrides, direct, bypass, boot):
        result["findings"] += part.findings(firewalld, wanted)
    result["findings"] += bypass.kept(firewalld)
    result["reloaded"] = result["changed"] and (failed or apply.needs_reload(runtime, wanted))
    if firewalld.panic():
        # it takes no change then, with or without a reload, of which others tell
        result["findings"] += [apply.PANIC, *([PANIC] if result["changed"] and not result["reloaded"] else [])]
    trouble = rehearsal.trouble(prefix, failed or firewalld.direct_differs()) if result["reloaded"] else None
    others = Others(firewalld) if result["reloaded"] and not failed else None
    # what is stored of a set can be removed even where nothing can be loaded
    only_files = bool(trouble) and failed and module.params["state"] == "absent"
    result["reloaded"] = result["reloaded"] and not only_files
    result["findings"] += [trouble.refusal()] if trouble and not only_files else []
    if permanent != wanted or adoption.gone:
        result["findings"] += writable.refusals(needs_room=bool(wanted.policies or adoption.gone))
    result["findings"] += [*others.refusals, *others.notices()] if others else []
    watch = Watch(module.params, firewalld, wanted)
    result["guard"] = watch.answer(result["changed"])
    # what forbids a run even where nothing is seen to differ
    standing = names.refusals + watch.refusals()
    result["findings"] += standing
    if not module.check_mode:
        refusals.refuse(result["findings"] if result["changed"] else standing, result["firewalld"])
    if result["changed"] and not module.check_mode:
        if trouble:
            result["findings"].append(apply.remove_stored(prefix, trouble))
            return
        former = Former(firewalld, prefix, permanent, runtime)
        with watch.change(result, permanent, runtime, adoption):
            if failed:
                result["findings"] += apply.mend(firewalld, prefix, wanted, former)
            else:
                result["findings"] += apply.apply(firewalld, prefix, wanted, former, others, adoption=adoption)
        result["firewalld"] = "running"


def report_stored(result: Dict[str, Any], names: List[str]) -> None:
    """Objects of the set that a firewalld in state FAILED does not know of, though they are stored."""
    for name in names:
        before = {"only_in": "permanent"}
        result["changes"].append({"action": "delete", "id": name, "rows": [], "before": before, "after": None})
    result["changed"] = bool(result["changes"])


def _report(result: Dict[str, Any], plan: Explanation, module: AnsibleModule) -> None:
    result.update(changes=plan.changes, unchanged=plan.unchanged, changed=bool(plan.changes))
    if module._diff:
        header = f"firewalld rule set {module.params['name']}"
        result["diff"] = {
            "before": plan.before, "after": plan.after, "before_header": header, "after_header": header,
        }  # fmt: skip


def ensure_dbus() -> None:
    """Run under a Python that has the D-Bus bindings. Raises FirewalldError where there is none."""
    if dbus_types.HAS_DBUS:
        return
    python = None if has_respawned() else probe_interpreters_for_module(SYSTEM_PYTHONS, NEEDED)
    if python:
        respawn_module(python)
    raise FirewalldError(
        "no Python 3.7 or newer on this host has the D-Bus bindings; install the package python3-dbus "
        "(python3-dbus-python on SUSE), which firewalld needs as well",
        installed_state(),
    )


def connect(module: AnsibleModule, wanted: State, names: wanted_by.Names, result: Dict[str, Any]) -> Firewalld:
    """The session with firewalld. Without one the module ends here, well only where there is nothing to remove."""
    prefix = object_prefix(module.params["name"])
    try:
        ensure_dbus()
        return Firewalld()
    except FirewalldError as error:
        result["firewalld"] = error.state
        result["findings"] += names.refusals + ([] if module.params["guard_token"] else guard.refusals())
        if module.params["state"] == "absent" and not files.stored(prefix):
            module.exit_json(volatile={}, reloaded=False, **result)
        # nobody is there to be asked: everything would be made, which a caller that starts firewalld wants to know
        _report(result, explain(prefix, State(), State(), wanted, names.waiting), module)
        result["changed"] = result["changed"] and module.check_mode
        # its fail-safe configuration opens ssh to all: it must not be started either
        trouble = rehearsal.trouble(prefix, direct=False) if error.state == "stopped" else None
        forbidden = (masked() if error.state == "stopped" else []) or ([trouble.refusal()] if trouble else [])
        result["findings"] += forbidden or iptables.before_start()
        return module.fail_json(msg=forbidden[0]["message"] if forbidden else str(error), **result)


def masked() -> List[Dict[str, str]]:
    """A finding where somebody keeps a firewalld that does not run from being started."""
    with suppress(OSError, units.UnitError):
        runs, enabled = units.firewalld_service()
        if not runs and enabled.startswith("masked"):
            return [refusals.refusal("firewalld", MASKED)]
    return []


def main() -> None:
    """Module entry point."""
    module = AnsibleModule(argument_spec=OPTIONS, supports_check_mode=True)
    result: Dict[str, Any] = {
        "changed": False, "changes": [], "unchanged": 0, "findings": [], "open_in_zones": [], "sets": [],
        "firewalld": "running", "check_mode": module.check_mode,
        "guard": {"armed": False, "needed": False, "seconds": module.params["guard_seconds"]},
    }  # fmt: skip
    if platform.system() != "Linux":
        module.fail_json(msg=f"this host runs {platform.system()}, and firewalld is for Linux only", **result)
    names = wanted_by.Names()
    try:
        lock.require_root()
        object_prefix(module.params["name"])
        check_seconds("guard_seconds", module.params["guard_seconds"])
        rules = wanted_by.rules_of(module.params)
        wanted = wanted_by.state_of(module.params, rules, names)
    except (RulesetError, FirewalldError) as error:
        module.fail_json(msg=str(error), **result)
    firewalld = connect(module, wanted, names, result)
    try:
        # what is read must be there still when it is changed
        with nullcontext() if module.check_mode else lock.held(lock.default_path()):
            result["open_in_zones"], result["findings"] = zones.opened(
                firewalld, module.params["zones"], internal_ports(rules)
            )
            run(module, firewalld, rules, wanted, names, result)
    except FirewalldError as error:
        remedy = "" if error.state != "stopped" or firewalld.wrote else f"; {ASK_AGAIN}"
        module.fail_json(msg=f"{error}{remedy}", **{**result, "changed": error.changed, "firewalld": error.state})
    module.exit_json(volatile=names.found, **result)


if __name__ == "__main__":
    main()
