# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the artifacts of a workflow lie: in a folder that its jobs share, or in its variables."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify import artifacts
from ansible_collections.therefore.firewall.plugins.plugin_utils._plan_and_verify.artifacts import Artifact
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError, refuse
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.text_file import write_text

SETTING = "therefore_artifact_folder"
OF_SLICES = re.compile(rf"({'|'.join(artifacts.PLAYBOOK)})_[0-9a-f]{{16}}\.json")


def version() -> str:
    """The version of the collection: an installed one has it in its manifest, a checkout in galaxy.yml."""
    root = Path(__file__).resolve().parents[3]
    manifest = root / "MANIFEST.json"
    if manifest.is_file():
        return str(json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]["version"])
    found = re.search(r"^version:\s*(\S+)", (root / "galaxy.yml").read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else "unknown"


class Handover:
    """Reads and writes what the jobs of a workflow hand on."""

    def __init__(self, folder: str | None, variables: Mapping[str, Any]) -> None:
        """Take the folder, or else the variables of the workflow."""
        self._folder = Path(folder).absolute() if folder else None
        self._variables = variables

    def prepare(self) -> Artifact:
        """What prepare handed on. Raises InputError where there is nothing."""
        found = self._found(artifacts.PREPARE)
        if not found:
            place = f"no prepare.json in {self._folder}" if self._folder else f"{SETTING} is not set"
            raise InputError(
                f"{place}, and the workflow hands on nothing that prepare wrote: run the playbook prepare first, with "
                f"the same {SETTING}"
            )
        prepare = next(iter(found.values()))
        artifacts.check_version(prepare, version())
        return prepare

    def parts(self, kind: str) -> dict[str, Artifact]:
        """What the slices handed on after a step, by where it was found. Raises InputError."""
        return self._found(f"{kind}_")

    def _found(self, start: str) -> dict[str, Artifact]:
        if self._folder:
            files = [self._folder / "prepare.json"] if start == artifacts.PREPARE else self._files(start)
            return {str(path): artifacts.checked(_text(path), str(path)) for path in files if path.exists()}
        names = sorted(name for name in self._variables if name.startswith(f"{artifacts.VARIABLE}{start}"))
        return {name: artifacts.unpack(str(self._variables[name]), name) for name in names}

    def _files(self, start: str) -> list[Path]:
        if not self._folder or not self._folder.is_dir():
            return []
        return sorted(path for path in self._folder.glob(f"{start}*") if OF_SLICES.fullmatch(path.name))

    def write(self, artifact: Artifact) -> dict[str, str]:
        """Hand it on: the variables that the workflow shall get, none where it went into the folder."""
        name = artifacts.name_of(artifact)
        if not self._folder:
            return {f"{artifacts.VARIABLE}{name}": artifacts.pack(artifact)}
        if artifact["kind"] == artifacts.PREPARE:
            # of an earlier run; slices of this one cannot have begun
            for path in (one for kind in artifacts.PLAYBOOK for one in self._files(f"{kind}_")):
                path.unlink(missing_ok=True)
        write_text(SETTING, self._folder / f"{name}.json", json.dumps(artifact, separators=(",", ":")) + "\n")
        return {}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise refuse(SETTING, str(path), f"cannot be read ({error}); mend that, or start the workflow anew") from error
