"""Addresses that sent too many wrong keys, told to the audit: the first at once, then those of a minute together.

Who guesses decides how often that is; so there is one entry a minute at most, of as many addresses as there are.
"""

from __future__ import annotations

import logging

from ratchet import clock
from ratchet.access.audit import Audit
from ratchet.access.roles import Role
from ratchet.access.waiting import FREE
from ratchet.access.who import Who, acting
from ratchet.errors import RatchetError

EVERY_SECONDS = 60.0
MOST_NAMED = 100
"""Addresses of an entry; more are counted."""
_log = logging.getLogger("ratchet.access")


class Strangers:
    """Holds addresses until the audit is told.

    Promises: `add` asks nothing of the database; what could not be told, since that is away, is told later.
    """

    def __init__(self, audit: Audit) -> None:
        self._audit = audit
        self._named = list[str]()
        self._more = 0
        self._next = 0.0

    def add(self, address: str) -> None:
        """An address begins to wait."""
        if len(self._named) < MOST_NAMED:
            self._named.append(address)
        else:
            self._more += 1

    def tell(self) -> None:
        """Tell the audit, where there is anything to tell and it is time; never raises."""
        named, more = self._named[:], self._more  # requests go on to add some
        if not named or clock.monotonic() < self._next:
            return
        alone = named[0] if len(named) == 1 else None
        target = f"address {alone}" if alone else f"{len(named) + more} addresses"
        try:
            with acting(Who(name="unknown", role=Role.USER, via="nobody", address=alone)):
                self._audit.tell("keys.wrong", target, after={"keys_each": FREE, "addresses": named, "unnamed": more})
        except RatchetError as error:
            _log.warning("that %s sent %d wrong keys is told later: %s", target, FREE, error.problem)
            return
        del self._named[: len(named)]
        self._more -= more
        self._next = clock.monotonic() + EVERY_SECONDS
