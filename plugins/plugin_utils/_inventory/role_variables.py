# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of a role, read by their names: only what is a template costs one.

Each task on each host is a process of its own, in which Ansible compiles every template anew. Most of a role's
variables only hand on another one, which needs no template engine.
"""

from __future__ import annotations

import ast
import contextlib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible.errors import AnsibleError
from ansible_collections.therefore.firewall.plugins.plugin_utils._inventory.hostvars import ReadByName
from ansible_collections.therefore.firewall.plugins.plugin_utils._rules.settings import SETTINGS
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError, plain

try:
    from ansible.errors import AnsibleValueOmittedError
    from ansible.template import is_trusted_as_template
except ImportError:  # ansible-core before 2.19
    from ansible.utils.unsafe_proxy import AnsibleUnsafe

    class AnsibleValueOmittedError(AnsibleError):  # type: ignore[no-redef]
        """These have a value for it."""

    def is_trusted_as_template(value: object) -> bool:
        """Whether Ansible takes the text for a template."""
        return not isinstance(value, AnsibleUnsafe)


# how Ansible knows that a text may be a template, whatever an environment calls its marks besides
MARKS = ("{{", "{%", "{#", "#jinja2:")
# a variable as it is, or a literal value in its place
HANDED_ON = re.compile(r"\{\{ (?P<name>[a-z_]\w*)(?: \| default\((?P<instead>[^()]*)\))? \}\}")


class OmittedError(KeyError):
    """A variable that is C({{ omit }}) is as one that is not set."""


class RoleVariables(ReadByName):
    """The variables of a host in a role, plain."""

    def __init__(self, variables: Mapping[str, Any], template: Callable[[Any], Any]) -> None:
        self._given = variables
        self._template = template
        # those that are being read, in case one hands on itself
        self._reading: list[str] = []
        self._known: dict[str, Any] = {}

    @property
    def _variables(self) -> Mapping[str, Any]:
        return self._given

    def __getitem__(self, name: str) -> Any:
        """The value. Raises InputError where it cannot be worked out, and KeyError where there is none."""
        try:
            return self._read(name)
        except AnsibleError as error:
            raise InputError(f"{name}: cannot be worked out: {error}") from error

    def chosen(self, names: Iterable[str]) -> dict[str, Any]:
        """The values of those of these that have one. Raises InputError."""
        found = {}
        for name in names:
            with contextlib.suppress(KeyError):
                found[name] = self[name]
        return found

    def _read(self, name: str) -> Any:
        if name in self._known:
            return self._known[name]
        self._reading.append(name)
        try:
            self._known[name] = self._value(self._variables[name])
        finally:
            self._reading.pop()
        return self._known[name]

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, Mapping):
            return self._items(value)
        if isinstance(value, list):
            return [self._value(item) for item in value]
        # a vaulted value is one that Ansible decrypts
        return plain(value if value is None or isinstance(value, bool | int | float) else self._template(value))

    def _items(self, values: Mapping[Any, Any]) -> dict[Any, Any]:
        found = {}
        for key, item in values.items():
            with contextlib.suppress(OmittedError):
                found[plain(key)] = self._value(item)
        return found

    def _text(self, text: str) -> Any:
        if not any(mark in text for mark in MARKS):
            return plain(text)
        handed_on = HANDED_ON.fullmatch(text)
        if handed_on and is_trusted_as_template(text):
            try:
                return self._handed_on(**handed_on.groupdict())
            except (AnsibleError, LookupError, SyntaxError, ValueError):
                # Ansible says what is wrong, or takes what shall stand in its place
                pass
        try:
            value = plain(self._template(text))
        except AnsibleValueOmittedError as error:
            raise OmittedError(text) from error
        if isinstance(value, str) and value == self._variables.get("omit"):
            raise OmittedError(text)
        return value

    def _handed_on(self, name: str, instead: str | None) -> Any:
        """Raises LookupError, or what the parts raise, for what only Ansible can tell."""
        if name in self._reading or name == "omit":
            raise LookupError(name)
        if name not in self._variables and instead is not None:
            return ast.literal_eval(instead)
        value = self._read(name)
        if instead is not None and isinstance(value, str) and value.startswith(("[", "{")):
            # releases before 2.19 make a list of such a text
            raise LookupError(name)
        return value


def settings_of(role: str, variables: RoleVariables) -> dict[str, Any]:
    """The settings of a role of ours, without their prefix. Raises InputError."""
    read = variables.chosen(f"{role}_{name}" for name in SETTINGS.get(role, ()))
    return {name.removeprefix(f"{role}_"): value for name, value in read.items()}
