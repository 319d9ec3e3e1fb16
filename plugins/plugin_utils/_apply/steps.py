# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the steps of a change answered, and what the task says of them in the end. Pure."""

from __future__ import annotations

from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._apply.host import Answer, FailedError
from ansible_collections.therefore.firewall.plugins.plugin_utils._apply.linux import APPLY
from ansible_collections.therefore.firewall.plugins.plugin_utils._apply.windows import READ

DISCOVERED = "discovered_interpreter_"
NOTES = ("warnings", "deprecations")


class Steps:
    """The answers by the names of the steps, in their order."""

    def __init__(self) -> None:
        self.done: dict[str, Answer] = {}
        self.diffs: dict[str, Any] = {}
        self.facts: Answer = {}
        self.notes: dict[str, list[Any]] = {}
        self.findings: list[dict[str, str]] = []
        # the roles' rules so far, by their fingerprints
        self.worked_out: dict[str, str] = {}

    def note(self, step: str, answer: Answer) -> Answer:
        """The answer, without what belongs to the whole task."""
        answer.pop("invocation", None)
        for name in NOTES:
            self.notes.setdefault(name, []).extend(answer.pop(name, []))
        facts = answer.get("ansible_facts", {})
        self.facts |= {name: value for name, value in facts.items() if name.startswith(DISCOVERED)}
        if "diff" in answer:
            # that of a step that is taken twice is the last one
            self.diffs[step] = answer.pop("diff")
        # what these say is the result itself
        if step not in (APPLY, READ):
            self.done[step] = answer
        return answer

    def result(self, answer: Answer) -> Answer:
        """What the task returns where all went well."""
        self.findings = answer.get("findings", [])
        return {**answer, **self._of_all(), **({"steps_done": self.done} if self.done else {})}

    def failure(self, error: FailedError) -> Answer:
        """What it returns otherwise, which people see whole: the last answer, and nothing of the others."""
        self.findings = [one for one in error.findings if one["kind"] != "refused"]
        return {**error.answer, **self._of_all()}

    def _of_all(self) -> Answer:
        diffs = [one for diff in self.diffs.values() for one in (diff if isinstance(diff, list) else [diff])]
        notes = {name: notes for name, notes in self.notes.items() if notes}
        return {
            **notes,
            **({"diff": diffs[0] if len(diffs) == 1 else diffs} if diffs else {}),
            **({"ansible_facts": self.facts} if self.facts else {}),
            **({"worked_out": self.worked_out} if self.worked_out else {}),
        }
