# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTML as a tree, for tests that look at a page without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser

VOID = {"input", "meta", "br", "wbr"}


class Element:
    """An element with its attributes and what is in it."""

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.children: list[Element | str] = []

    def __iter__(self) -> Iterator[Element]:
        """This element and all below it."""
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child

    def find(self, tag: str = "", **attributes: str) -> list[Element]:
        """The elements of this tag with these attributes; C(class_) is one of the classes."""
        wanted = attributes.pop("class_", "")
        return [
            one for one in self
            if tag in ("", one.tag) and attributes.items() <= one.attributes.items()
            and wanted in ("", *one.attributes.get("class", "").split())
        ]  # fmt: skip

    def text(self) -> str:
        """What is written in it, as it is."""
        return "".join(child if isinstance(child, str) else child.text() for child in self.children)

    def words(self) -> str:
        """What is written in it, with one space between words."""
        return " ".join(self.text().split())


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("document", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _value in attrs]
        assert len(names) == len({*names}), f"an attribute twice in {tag}: {names}"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def tree(page: str) -> Element:
    """The page as a tree; every element must be closed where it was opened."""
    builder = _Builder()
    builder.feed(page)
    builder.close()
    assert [one.tag for one in builder.open] == ["document"]
    return builder.open[0]
