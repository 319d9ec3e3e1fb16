# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of single values that users write. Every refusal is one line: what was set, its value, the remedy."""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.therefore.firewall.plugins.module_utils._addresses import (
    AddressError,
    EveryAddressError,
    canonical,
    is_host_name,
    networks,
)

Check = Callable[[str, Any], Any]

PLAIN = frozenset({str, int, bool, type(None)})
FLAG_WORDS = {"true": True, "yes": True, "false": False, "no": False}
# what people write for "every address"; in our rules "any" means just that, so it must not pass as a host name
EVERY_ADDRESS = ("any", "all", "*")
# other characters show that a host name was meant
ADDRESS_CHARACTERS = re.compile(r"^[0-9a-fA-F:./\s-]+$")


class InputError(ValueError):
    """Something that users wrote cannot be used; each message is one line, complete and ready for them."""

    def __init__(self, *messages: str) -> None:
        super().__init__("; ".join(messages))
        self.messages = messages


def refuse(what: str, value: object, remedy: str) -> InputError:
    """The refusal of C(value), which was given for C(what), an option or a variable."""
    return InputError(f"{what}: {value!r} {remedy}")


def nearest(value: object, valid: Iterable[str]) -> str:
    """A remedy for an unknown word: the valid ones, and the one that was probably meant."""
    words = list(valid)
    close = difflib.get_close_matches(str(value).lower(), words, n=2, cutoff=0.5)
    hint = f"did you mean {' or '.join(close)}? " if close else ""
    return f"{hint}Valid: {', '.join(words)}"


def plain(value: Any) -> Any:
    """Ansible's tagged, lazy and vaulted types as plain ones, so that messages and results show the bare value."""
    # nearly all are that already
    if type(value) in PLAIN:
        return value
    # ansible-core before 2.19 has vaulted values that are sequences, but no strings
    if isinstance(value, str) or hasattr(value, "__ENCRYPTED__"):
        return "".join(str(value))  # str() of an unsafe string of these releases is one again
    if isinstance(value, int):
        return int(value)
    if isinstance(value, Mapping):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [plain(item) for item in value]
    return value


def flag(what: str, value: Any) -> bool:
    """A boolean, or one of the words that extra variables on the command line bring in its place."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in FLAG_WORDS:
        return FLAG_WORDS[value.lower()]
    raise refuse(what, value, "is no boolean; write true or false")


def choice(valid: Callable[[], Sequence[str]] | Sequence[str]) -> Check:
    """One of these words; a function gives them where reading them takes a file."""

    def check(what: str, value: Any) -> str:
        words = valid() if callable(valid) else valid
        if not isinstance(value, str) or value not in words:
            raise refuse(what, value, f"is unknown; {nearest(value, words)}")
        return value

    return check


def words(valid: Callable[[], Sequence[str]] | Sequence[str]) -> Check:
    """A list of these words, in their own order, each once."""

    def check(what: str, value: Any) -> list[str]:
        given = [choice(valid)(what, item) for item in a_list(what, value)]
        return [word for word in (valid() if callable(valid) else valid) if word in given]

    return check


def a_list(what: str, value: Any) -> list[Any]:
    """A list, whatever it holds. A string is none, though Ansible would split it at commas."""
    if isinstance(value, str):
        parts = [part.strip() for part in value.split(",") if part.strip()]
        raise refuse(what, value, f"is a string; write a list: {parts}")
    if not isinstance(value, list):
        raise refuse(what, value, "is no list; write one, [] for none")
    return value


def port(what: str, value: Any) -> int:
    """A port from 1 to 65535; digits in a string are one, as templates of older ansible-core give them."""
    number = int(value) if isinstance(value, str) and re.fullmatch(r"[0-9]{1,5}", value) else value
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= 65535:
        raise refuse(what, value, "is no port; write a whole number from 1 to 65535")
    return number


def addresses(what: str, value: Any, every: str, names: bool = False) -> list[str]:
    """A list of addresses, networks and ranges, each once, sorted, in the one way to write them.

    Args:
        what: Name of the variable.
        value: What it holds.
        every: The remedy where the list means every address.
        names: Whether host names may be among them; they come out in lower case.
    """
    found = sorted({_address(what, item, every, names) for item in a_list(what, value)})
    for version in (4, 6):
        parts = [part for item in found if not is_host_name(item) for part in networks(item) if part.version == version]
        whole: list[Any] = list(ipaddress.collapse_addresses(parts))  # type: ignore[type-var]
        if whole and whole[0].prefixlen == 0:
            raise refuse(what, found, f"means every address; {every}")
    return found


def _address(what: str, value: Any, every: str, names: bool) -> str:
    if not isinstance(value, str) or not value.strip():
        raise refuse(what, value, "is no address; write a string such as '192.0.2.0/24'")
    text = value.strip()
    if text.lower() in EVERY_ADDRESS:
        raise refuse(what, value, f"means every address; {every}")
    if is_host_name(text):
        if names:
            return text.lower().rstrip(".")
        raise refuse(what, value, "is a host name; write its address, names are for the online endpoints only")
    try:
        _refuse_own(what, value, text)
        return canonical(text)
    except EveryAddressError as error:
        raise refuse(what, value, f"{error}; {every}") from error
    except AddressError as error:
        if names and not ADDRESS_CHARACTERS.match(text):
            remedy = "is neither a host name nor an address; write the name alone, such as archive.example.com"
            raise refuse(what, value, f"{remedy}: no scheme, port, path or wildcard") from error
        raise refuse(what, value, str(error)) from error


def _refuse_own(what: str, value: str, text: str) -> None:
    """Loopback and unspecified addresses are nobody's on a network; Windows refuses a rule that has them for IPv6."""
    for part in networks(text):
        if part.is_loopback or part.is_unspecified:
            problem = "is the host itself" if part.is_loopback else "is the address of a host that has none"
            raise refuse(what, value, f"{problem}, which no peer on a network has; leave it out")


def document_of(given: Any, what: str, form: str, version: int, playbook: str) -> Any:
    """A document that a playbook wrote, such as a plan. Raises InputError when it is none, or of another version."""
    if not isinstance(given, Mapping) or given.get("format") != form:
        raise InputError(f"this is no {what}; give one of format {form!r} ({playbook})")
    # true is 1 to Python
    if given.get("version") != version or isinstance(given["version"], bool):
        raise InputError(
            f"the {what} has the version {given.get('version')!r}, this collection knows {version}; make it anew with "
            f"{playbook}"
        )
    return given
