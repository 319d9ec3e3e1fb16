# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report's folder is the former one or the new one, and never in the place of what is not ours."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._report import folder as _folder
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.folder import check_folder, replace_folder
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError


def report(**texts: str) -> dict[str, str]:
    names = {name.replace("_", "."): text for name, text in texts.items()}
    index = {"format": "therefore.firewall.report", "files": ["report.json", *names]}
    return {**names, "report.json": json.dumps(index)}


def content(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_a_new_folder_with_the_folders_above_it(tmp_path: Path) -> None:
    files = report(a_txt="1") | {"sub/b.txt": "2\r\n"}
    replace_folder(tmp_path / "x/y", files)
    assert (tmp_path / "x/y/sub/b.txt").read_bytes() == b"2\r\n"
    assert content(tmp_path / "x/y").keys() == files.keys()


def test_an_older_report_is_replaced_as_a_whole(tmp_path: Path) -> None:
    replace_folder(tmp_path / "out", report(old_txt="1", both_txt="1"))
    replace_folder(tmp_path / "out", report(both_txt="2"))
    assert content(tmp_path / "out") == report(both_txt="2")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_empty_folder_will_do(tmp_path: Path) -> None:
    replace_folder(tmp_path, report())
    assert content(tmp_path) == report()


@pytest.mark.parametrize("index", [None, "no json", '{"format": "other", "files": ["notes.txt"]}', "[]"])
def test_what_is_not_ours_stays(tmp_path: Path, index: str | None) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    if index is not None:
        (tmp_path / "report.json").write_text(index)
    before = content(tmp_path)
    with pytest.raises(InputError, match=r"^therefore_report_folder: '.*' holds \w+\.\w+, which is of no report; name"):
        replace_folder(tmp_path, report())
    assert content(tmp_path) == before


def test_a_file_added_to_a_report_stays(tmp_path: Path) -> None:
    replace_folder(tmp_path / "out", report(a_txt="1"))
    (tmp_path / "out/signed.pdf").write_text("mine")
    with pytest.raises(InputError, match=r"holds signed\.pdf"):
        replace_folder(tmp_path / "out", report(a_txt="2"))
    assert content(tmp_path / "out")["a.txt"] == "1"


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(InputError, match="is no folder; name one"):
        check_folder(tmp_path / "out")


@pytest.mark.parametrize("failing", ["_write", "rename"])
def test_a_failure_leaves_the_former_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    replace_folder(tmp_path / "out", report(a_txt="1"))
    rename = os.rename

    def fails(*arguments: Any) -> None:
        if failing == "_write" or Path(arguments[0]).name == "new":
            raise OSError("disk full")
        rename(*arguments)

    monkeypatch.setattr(*((_folder, "_write") if failing == "_write" else (os, "rename")), fails)
    with pytest.raises(InputError, match=r"cannot be written \(disk full\); nothing was changed there"):
        replace_folder(tmp_path / "out", report(a_txt="2"))
    assert content(tmp_path / "out") == report(a_txt="1")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_name_that_is_no_text_is_written_as_escapes(tmp_path: Path) -> None:
    replace_folder(tmp_path / "out", report() | {"a.txt": "\ud800"})
    assert (tmp_path / "out/a.txt").read_text() == "\\ud800"
