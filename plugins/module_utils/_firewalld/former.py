# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a set was before a change, and how it becomes that again when the change failed, whatever failed."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any, Callable

from ansible_collections.therefore.firewall.plugins.module_utils._firewalld import rehearsal
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.files import (
    put_files_back,
    read_files,
    remove_backups,
    stored,
)
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.firewalld import Firewalld
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.found import found
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.reloading import FAILED, reload, start_anew
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.ruleset import State
from ansible_collections.therefore.firewall.plugins.module_utils._firewalld.session import FirewalldError

# A firewalld that ended is back within this time where systemd restarts it, or does not come back by itself.
RETURN_SECONDS = 10.0
POLL_SECONDS = 0.2
FILES = "the set's files below /etc/firewalld"


class Former:
    """One set, stored and at runtime, as it was found. Raises FirewalldError where its files cannot be read."""

    def __init__(self, firewalld: Firewalld, prefix: str, permanent: State, runtime: State) -> None:
        self._firewalld = firewalld
        self._prefix = prefix
        self.permanent = permanent
        self.runtime = runtime
        try:
            self._files = read_files(stored(prefix))
        except OSError as error:
            raise FirewalldError(f"{FILES} cannot be read ({error}), so nothing was changed; correct that") from error

    def recover(self, error: FirewalldError, put_back: Callable[[], None], others: Any) -> FirewalldError:
        """Put everything back after an error; gives the error for the user, which says how far that went.

        C(put_back) has firewalld do it. C(others) is what everybody else had, where firewalld was to be reloaded.
        """
        if error.state == FAILED:
            return self._failed(error, put_back, others)
        if self._firewalld.alive():
            try:
                self._have_it_put_back(put_back)
                if self._firewalld.remembers_unwritten and others is not None:
                    reload(self._firewalld)
                    others.put_back()
            except FirewalldError as second:
                if second.state == FAILED:
                    return self._failed(FirewalldError(f"{error}; then {second}", FAILED, True), put_back, others)
                # one that does not answer has refused nothing, even where another one runs by now
                if second.state == "running" and self._firewalld.alive():
                    return self._refused(error, second, others)
            else:
                return FirewalldError(f"{error}; the former rules were put back")
        return self._gone(error, put_back, others)

    def _have_it_put_back(self, put_back: Callable[[], None]) -> None:
        put_back()
        if not self._is_back() and self._firewalld.restarted():
            # one that started meanwhile loaded what was stored then, of which some changes by a reload only
            self._restore_files()
            reload(self._firewalld)
        # firewalld writes the same in its own way, and where there is no room damages what it writes
        self._restore_files()
        if not self._is_back():
            raise FirewalldError("it did not take them as given")
        self._firewalld.kernel.let_go()

    def _is_back(self) -> bool:
        return bool(found(self._firewalld, self._prefix) == (self.permanent, self.runtime))

    def _restore_files(self) -> None:
        remove_backups(self._prefix)
        try:
            put_files_back(self._files, stored(self._prefix))
        except OSError as error:
            raise FirewalldError(f"{FILES} could not be put back ({error})") from error

    def _refused(self, error: FirewalldError, second: FirewalldError, others: Any) -> FirewalldError:
        """Without firewalld's help: before 2.0 it writes no more once it could not load what somebody else stored."""
        files = self._files_now()
        if others is not None:
            # it says again what it could not load, and loads the rest
            with suppress(FirewalldError):
                reload(self._firewalld)
            with suppress(FirewalldError):
                others.put_back()
        return FirewalldError(
            f"{error}; then firewalld refused to put back the former rules: {second}; {files}: correct what firewalld "
            "complains of, run firewall-cmd --reload (systemctl restart firewalld if its state is failed), then run "
            "the play again",
            changed=not self._is_as_found(),
        )

    def _failed(self, error: FirewalldError, put_back: Callable[[], None], others: Any) -> FirewalldError:
        """A reload failed. The kernel has the former rules again; firewalld is to have them, if it can load them."""
        files = self._files_now()
        trouble = rehearsal.trouble()
        if trouble and others is not None:
            # firewalld cannot be asked for the rest
            with suppress(FirewalldError):
                others.put_tables_back()
        if not trouble:
            try:
                start_anew(self._firewalld)
                if others is not None:
                    others.put_back()
                self._have_it_put_back(put_back)
            except FirewalldError as second:
                return FirewalldError(f"{error}; {files}; then firewalld did not load them: {second}", FAILED, True)
            return FirewalldError(f"{error}; firewalld runs again, and the former rules were put back")
        return FirewalldError(
            f"{error}; {files}; {trouble.sentence()}, then start firewalld anew (systemctl restart firewalld) and run "
            "the play again",
            FAILED,
            changed=True,
        )

    def _gone(self, error: FirewalldError, put_back: Callable[[], None], others: Any) -> FirewalldError:
        """firewalld ended. What it left in the kernel may be anything between, so it is waited for."""
        # before it is back: then it starts with the former ones
        files = self._files_now()
        if self._comes_back():
            try:
                self._have_it_put_back(put_back)
                if others is not None:
                    others.put_back()
            except FirewalldError as second:
                return self._refused(error, second, others)
            return FirewalldError(f"{error}; firewalld runs again, and the former rules were put back")
        return FirewalldError(
            f"{error}; firewalld did not come back within {RETURN_SECONDS:g} seconds; {files}, with which it starts: "
            "until then packets meet what it left; start it (systemctl start firewalld), then run the play again",
            state="stopped",
            changed=True,
        )

    def _files_now(self) -> str:
        try:
            self._restore_files()
        except FirewalldError as error:
            return str(error)
        return f"{FILES} are the former ones again"

    def _is_as_found(self) -> bool:
        with suppress(FirewalldError, OSError):
            return self._is_back() and read_files(stored(self._prefix)) == self._files
        return False

    def _comes_back(self) -> bool:
        deadline = time.monotonic() + RETURN_SECONDS
        while not self._firewalld.alive():
            if time.monotonic() > deadline:
                return False
            self._firewalld.start_crashed()
            time.sleep(POLL_SECONDS)
        return True
