# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the host's state forbids has one shape, and the error says what the findings said."""

from __future__ import annotations

import pytest
import yaml
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import refusals
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.session import FirewalldError
from ansible_collections.therefore.firewall.plugins.modules import firewalld_ruleset

PANIC = {"kind": "panic", "object": "panic mode", "message": "every packet is dropped"}
ONE, TWO = (refusals.refusal(f"zone {name}", f"the zone {name} waits; reload it") for name in ("one", "two"))


def test_only_refusals_refuse() -> None:
    refusals.refuse([PANIC])


def test_the_error_says_each_refusal_once() -> None:
    with pytest.raises(FirewalldError) as refused:
        refusals.refuse([PANIC, ONE, TWO, ONE], "failed")
    assert str(refused.value) == "the zone one waits; reload it; the zone two waits; reload it"
    assert refused.value.state == "failed"
    assert not refused.value.changed


def test_the_kind_is_documented() -> None:
    kinds = yaml.safe_load(firewalld_ruleset.RETURN)["findings"]["contains"]["kind"]["description"]
    assert any(f"V({ONE['kind']})" in sentence for sentence in kinds)
