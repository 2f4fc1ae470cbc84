"""The seam to the audit: who changes something tells a witness of it, in the same transaction."""

from __future__ import annotations

from typing import Any, Protocol

import sqlalchemy as sa


class Witness(Protocol):
    """Somebody who keeps what was done.

    Promises: what it is told is kept if the transaction is committed, and else is not.
    """

    def __call__(
        self, connection: sa.Connection, action: str, target: str, *, before: Any = None, after: Any = None
    ) -> object:
        """Keep that whoever acts did ``action`` to ``target``; called last in a transaction, since others wait then.

        ``before`` and ``after`` are small, and hold neither secrets nor what is in a row.
        """
        ...


def nobody(connection: sa.Connection, action: str, target: str, *, before: Any = None, after: Any = None) -> None:
    """The witness who keeps nothing, for repositories that are used by themselves."""
