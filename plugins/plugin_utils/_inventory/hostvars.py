# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of hosts as an action plugin sees them, for code that knows nothing of Ansible."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible.errors import AnsibleError
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError, plain


class ReadByName(Mapping[str, Any]):
    """Variables, of which a value is worked out when it is read, and a name costs none."""

    @property
    def _variables(self) -> Mapping[str, Any]:
        """What they are read from."""
        raise NotImplementedError

    def __iter__(self) -> Iterator[str]:
        """The names."""
        return iter(self._variables)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._variables)

    def __contains__(self, name: object) -> bool:
        """Whether it is set."""
        return name in self._variables


class HostVariables(ReadByName):
    """The variables of a host. One that cannot be worked out is an input error."""

    def __init__(self, host: str, hostvars: Mapping[str, Any]) -> None:
        self._host = host
        self._hostvars = hostvars
        self._read: Mapping[str, Any] | None = None

    @property
    def _variables(self) -> Mapping[str, Any]:
        # Ansible puts them together anew each time that it is asked
        if self._read is None:
            self._read = self._hostvars[self._host]
        return self._read

    def __getitem__(self, name: str) -> Any:
        """The value. Raises InputError."""
        try:
            return plain(self._variables[name])
        except AnsibleError as error:
            raise InputError(f"{name} of {self._host} cannot be worked out: {error}") from error


def variables_of(hostvars: Mapping[str, Any]) -> dict[str, HostVariables]:
    """The variables of every host."""
    return {str(name): HostVariables(str(name), hostvars) for name in hostvars}
