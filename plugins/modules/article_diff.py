#!/usr/bin/python
# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: article_diff
short_description: Compares a saved copy of the support article with the port data
version_added: 0.1.0
description:
  - Reads a copy of the article on the controller, and prints which cells of its tables differ from the port data of
    P(therefore.firewall.ports#lookup). It works on the controller, and contacts no host. The playbook
    C(therefore.firewall.article_diff) runs it.
  - The data say where and in which state the article was seen. This tells whoever has a newer one
    what changed.
options:
  article:
    description: The copy, as a browser saves the page, or as text. A relative path begins at the current folder.
    type: path
    required: true
extends_documentation_fragment:
  - therefore.firewall.on_controller
author:
  - The therefore.firewall authors (@therefore-firewall)
"""

EXAMPLES = r"""
- name: Compare a page that a browser saved
  therefore.firewall.article_diff:
    article: article.html
"""

RETURN = r"""
differences:
  description: What the copy says and the data do not, and the other way round; none where they agree.
  returned: success
  type: list
  elements: str
  sample: ["Therefore On-Premises Specific Ports, XML Service: ports: 8000 (default) in the data, 8001 in the copy"]
"""
