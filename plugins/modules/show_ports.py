#!/usr/bin/python
# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: show_ports
short_description: Prints the port data, or the rules of a role
version_added: 0.1.0
description:
  - What the playbook C(therefore.firewall.ports) runs. It works on the controller, and contacts no host.
  - Without more it prints the rows of the support article and the supplements, as
    P(therefore.firewall.ports#lookup) has them.
  - The extra variable C(role) asks for the rules of that role in their place, with the settings that the inventory and
    other extra variables give; C(style=markdown) asks for Markdown. Only extra variables count for these two, so that a
    site's own variables of the same names change nothing.
extends_documentation_fragment:
  - therefore.firewall.on_controller
author:
  - The therefore.firewall authors (@therefore-firewall)
"""

EXAMPLES = r"""
- name: Print the table, with -e role=therefore_client the rules of a client
  therefore.firewall.show_ports:
"""

RETURN = r"""
text:
  description: The text. With a stdout callback for programs, such as P(ansible.posix.json#callback), it is here only.
  returned: success
  type: str
  sample: "id  service  ports"
"""
