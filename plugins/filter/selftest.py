# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify import selftest as _selftest
from ansible_collections.therefore.firewall.plugins.plugin_utils._refusals import refusals
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import (
    document_of,
    plain,
    refuse,
)
from ansible_collections.therefore.firewall.plugins.plugin_utils._windows import assumptions as _assumptions


def selftest_lines(part: Any) -> list[_assumptions.Try]:
    """What win_firewall_selftest is asked in one of its modes. Raises AnsibleFilterError for another word."""
    mode = plain(part)
    if mode not in ("try", "finish"):
        error = refuse("selftest_lines", mode, "is no mode of win_firewall_selftest; write try or finish")
        raise AnsibleFilterError(str(error))
    return [one for one in _assumptions.lines() if (one["part"] == "finish") == (mode == "finish")]


def selftest_document(hosts: Any, created: Any) -> _selftest.Document:
    """What these hosts said to all assumptions."""
    return _selftest.document(plain(list(hosts)), str(plain(created)))


def selftest_text(selftest: Any) -> str:
    """The table of a self-test. Raises AnsibleFilterError when it is none, or of another version."""
    with refusals(AnsibleFilterError, "selftest_text: "):
        checked = document_of(selftest, "self-test", _selftest.FORMAT, _selftest.VERSION, "windows_selftest.yml")
    return _selftest.text(checked)


class FilterModule:
    """Filters of the playbook windows_selftest."""

    def filters(self) -> dict[str, Any]:
        """The filters by name."""
        return {
            "selftest_document": selftest_document,
            "selftest_lines": selftest_lines,
            "selftest_text": selftest_text,
        }
