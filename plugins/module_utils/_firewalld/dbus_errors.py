# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an error that came over D-Bus says to the user, on one line, with a remedy where the cause is known."""

from __future__ import annotations

from typing import Any

# Names of the errors with which D-Bus says that firewalld, or D-Bus itself, is not there (any more).
GONE = {f"org.freedesktop.DBus.Error.{name}" for name in (
    "Disconnected", "NameHasNoOwner", "NoReply", "NoServer", "ServiceUnknown")}  # fmt: skip
LOCKDOWN = "lockdown is enabled"
LOCKDOWN_REMEDY = (
    "add root to its whitelist (firewall-offline-cmd --add-lockdown-whitelist-uid=0) and restart firewalld"
)
# an error of nftables comes with all that it was asked to load
AT_MOST = 400


def is_gone(error: Any) -> bool:
    """Whether nobody was there to answer."""
    return error.get_dbus_name() in GONE


def said(error: Any) -> str:
    """The message of the error."""
    text = " ".join(str(error.get_dbus_message() or error.get_dbus_name()).split())[:AT_MOST]
    return f"{text} and root is not in its whitelist: {LOCKDOWN_REMEDY}" if text.endswith(LOCKDOWN) else text
