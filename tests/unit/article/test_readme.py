# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table in README.md is the data's."""

from __future__ import annotations

from ansible_collections.therefore.firewall.plugins.plugin_utils._article import catalogue
from ansible_collections.therefore.firewall.plugins.plugin_utils._article.tables import row_table
from collection import ROOT


def test_the_table_of_the_rows() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.partition("## The rows of the article\n\n")[2].partition("\n\n")[0]
    assert section == row_table(catalogue.find([]), "markdown").strip()
