"""A Request: one row to answer, and all that is known of who asks and how; it travels from the door to the log."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import msgspec

Row = Mapping[str, Any]
_NO_TAGS: Mapping[str, str] = MappingProxyType({})


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One row for one classifier."""

    classifier: str
    row: Row
    caller: str = "local"
    """Who asks: the name of a key, or ``local`` where none is needed."""
    subject: str | None = None
    """Whose row it is, as the caller names that person; what `forget` looks for."""
    tags: Mapping[str, str] = _NO_TAGS
    """What the caller wants the answer to be found by later."""
    wishes: frozenset[str] = frozenset()
    """What the answer should come with beyond the usual."""
    arm: str | None = None
    """Which arm of split traffic it fell into; None where traffic is not split."""
