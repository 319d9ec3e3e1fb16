# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where what users wrote wrong becomes Ansible's error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ansible.errors import AnsibleError
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError


@contextmanager
def refusals(kind: type[AnsibleError] = AnsibleError, before: str = "") -> Iterator[None]:
    """An InputError within becomes this kind of error, with the same words after C(before).

    Without its causes: ansible-core 2.19 and newer put their words after the message, and it is complete.
    """
    try:
        yield
    except InputError as error:
        raise kind(f"{before}{error}") from None
