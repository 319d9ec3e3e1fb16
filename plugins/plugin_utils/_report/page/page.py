# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as one page for a browser: report.html, which needs no network and no other file.

Pure but for the page's own files, each read once. The template escapes every value; nothing of the inventory is ever
marked as safe, and the page's own policy (CSP) lets nothing run but the script and the style that come with it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

from ansible_collections.therefore.firewall.plugins.plugin_utils._report.page import diagram, hosts, matrix
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.page import summary as _summary
from ansible_collections.therefore.firewall.plugins.plugin_utils._report.shape import ReportDocument
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

HERE = Path(__file__).parent

# what nobody sees, or what turns the text around it: a name that holds some must not look like another
UNSEEN = dict.fromkeys(
    [*range(0x09), 0x0B, *range(0x0E, 0x20), *range(0x7F, 0xA0), 0xAD, *range(0x200B, 0x2010), *range(0x2028, 0x202F),
     *range(0x2060, 0x2070), 0xFEFF, *range(0xD800, 0xE000)],
    "\ufffd",
)  # fmt: skip


def html(report: ReportDocument) -> str:
    """The whole page."""
    style, script = _own("report.css"), _own("report.js")
    summary, origins = _summary.summary(report), hosts.origins(report)
    return _template().render(
        policy=_policy(style, script),
        style=Markup(style),  # noqa: S704
        script=Markup(script),  # noqa: S704
        summary=summary,
        diagram=diagram.diagram(report),
        crossings=hosts.crossings(report),
        matrix=matrix.matrix(report),
        groups=hosts.groups(report, summary.drift, origins),
        origins=origins,
    )


@cache
def _own(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        finalize=_visible,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["apart"] = apart
    return environment.get_template("report.html.j2")


def _visible(value: object) -> object:
    """Own text and what macros made is markup already."""
    if isinstance(value, str) and not isinstance(value, Markup) and not value.isprintable():
        return value.translate(UNSEEN)
    return value


def apart(name: str) -> Markup:
    """A name that a line may end in after a dot or an underscore, as it may after a hyphen."""
    return Markup(re.sub(r"([._](?=\w))", r"\1<wbr>", str(escape(_visible(name)))))  # noqa: S704


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
