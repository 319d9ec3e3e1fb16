# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file is the new one or the former one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.checks import InputError
from ansible_collections.therefore.firewall.plugins.plugin_utils._values.text_file import write_text


def test_it_makes_the_folder_and_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a/b/plan.json"
    assert write_text("therefore_plan_file", path, "é\n")
    assert path.read_bytes() == "é\n".encode()
    assert path.stat().st_mode & 0o777 == 0o644
    assert [one.name for one in path.parent.iterdir()] == ["plan.json"]


def test_the_same_text_is_no_change(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    write_text("therefore_plan_file", path, "one\n")
    before = path.stat().st_ino
    assert not write_text("therefore_plan_file", path, "one\n")
    assert path.stat().st_ino == before
    assert write_text("therefore_plan_file", path, "two\n")


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text("old")
    (tmp_path / "plan.json").symlink_to("real.json")
    write_text("therefore_plan_file", tmp_path / "plan.json", "new")
    assert (tmp_path / "plan.json").is_symlink()
    assert (tmp_path / "real.json").read_text() == "new"


def test_a_pipe_is_written_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert write_text("therefore_plan_file", path, "text")
        assert os.read(reader, 10) == b"text"
    finally:
        os.close(reader)
    assert path.is_fifo()


def test_what_cannot_be_written_is_said_with_the_variable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"^therefore_plan_file: '.*file/plan.json' cannot be written"):
        write_text("therefore_plan_file", tmp_path / "file/plan.json", "text")
    with pytest.raises(InputError, match=r"^therefore_plan_file: '.*' cannot be written"):
        write_text("therefore_plan_file", tmp_path, "text")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["file"]
