# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verification of all flows as JUnit XML, for CI servers.

Pure: no Ansible, no I/O.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from xml.etree import ElementTree

from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.verdict import (
    FAILED,
    PROOFS,
    SKIPPED,
    UNKNOWN,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.verification import VerifyDocument
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.verify_text import named


def junit(report: VerifyDocument) -> str:
    """The verification as JUnit XML: a suite for each source, a case for each flow, with what proves it.

    Sources that are alike and found the same are one suite, and a case then has their count.
    """
    root = ElementTree.Element("testsuites", name="therefore.firewall verify")
    suites: dict[str, ElementTree.Element] = {}
    counts: dict[str, Counter[str]] = {}
    for proof in report["flows"]:
        counts.setdefault(proof["source"], Counter())[proof["proof"]] += proof["count"]
    for source, kinds in counts.items():
        attributes = {"name": f"from {source}", "timestamp": report["created"]}
        suites[source] = ElementTree.SubElement(root, "testsuite", attributes)
        _properties(suites[source], {f"proof.{kind}": str(kinds[kind]) for kind in PROOFS})
    for proof in report["flows"]:
        name = f"{named(proof)} ({proof['target']}) {proof['expect']}"
        case = ElementTree.SubElement(suites[proof["source"]], "testcase", name=name, classname=proof["source"])
        _properties(case, {"proof": proof["proof"]} | ({"count": str(proof["count"])} if proof["count"] > 1 else {}))
        if proof["outcome"] == FAILED:
            ElementTree.SubElement(case, "failure", message=proof["hint"] or "", type=proof["state"])
        elif proof["outcome"] in (UNKNOWN, SKIPPED):
            ElementTree.SubElement(case, "skipped", message=proof["hint"] or proof["state"])
    for suite in (root, *suites.values()):
        for attribute, tag in (("tests", "testcase"), ("failures", "failure"), ("skipped", "skipped")):
            suite.set(attribute, str(len(suite.findall(f".//{tag}"))))
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True)


def _properties(element: ElementTree.Element, values: Mapping[str, str]) -> None:
    held = ElementTree.SubElement(element, "properties")
    for name, value in values.items():
        ElementTree.SubElement(held, "property", name=name, value=value)
