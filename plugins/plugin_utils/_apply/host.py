# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the steps of a change reach a host. Pure: the action plugin brings the connection, tests a host of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

Answer = dict[str, Any]
Options = Mapping[str, Any]


class Host(Protocol):
    """A host and what was asked for: the calls of modules and their answers, which may be that it is unreachable."""

    check_mode: bool

    def call(self, step: str, module: str, options: Options) -> Answer:
        """The answer of a module to a step, whose name people read."""

    def leave_connection(self) -> None:
        """The next call is made over a new connection, whatever this one would still let through."""


class FailedError(Exception):
    """The change ends here, with what the host answered to the step."""

    def __init__(self, step: str, answer: Answer) -> None:
        super().__init__(str(answer.get("msg") or "failed"))
        self.step = step
        self.answer = answer
        # what was found on the host before
        self.findings: list[dict[str, str]] = []

    def over(self, result: Answer) -> FailedError:
        """The same, with what was found on the host before."""
        self.findings = result.get("findings", [])
        return self


class UnreachableError(FailedError):
    """The host did not answer."""


def failed(answer: Answer) -> bool:
    """Whether the host says that it could not do the step."""
    return bool(answer.get("failed"))


def unreachable(answer: Answer) -> bool:
    """Whether nothing came from the host."""
    return bool(answer.get("unreachable"))


def must(host: Host, step: str, module: str, options: Options) -> Answer:
    """The answer to a step without which there is no going on. Raises FailedError."""
    answer = host.call(step, module, options)
    if unreachable(answer):
        raise UnreachableError(step, answer)
    if failed(answer):
        raise FailedError(step, answer)
    return answer


def refuse(step: str, message: str) -> FailedError:
    """The end of a change for a reason of ours."""
    return FailedError(step, {"failed": True, "msg": message})


def refused(findings: list[dict[str, str]]) -> str:
    """What of the host's state forbids the change, in one line."""
    return "; ".join(one["message"] for one in findings if one["kind"] == "refused")
