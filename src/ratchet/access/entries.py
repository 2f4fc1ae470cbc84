"""An entry of the audit: who did what to what, when, from where; and the bytes that its digest is of."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from ratchet.words import redacted

GENESIS = "0" * 64
"""What the first entry has in the place of the digest of the one before."""
MOST_TARGET = 500
"""Characters of a target."""
MOST_DETAIL = 65_536
"""Bytes of what was before, and of what was after; more is told by its size and its digest."""

# Characters that would begin a line, or turn its direction, where an entry is printed.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One thing that was done, or begun."""

    seq: int
    """Its place in the chain: 1, 2, 3, without a gap."""
    at: datetime
    actor: str
    """Whoever did it: of a key its name, at this machine the system's user."""
    via: str
    """How they came: ``local``, ``key``, ``session``, ``open``, ``nobody``."""
    key_id: str | None
    """The key they came with."""
    address: str | None
    """The network address they came from."""
    action: str
    """What was done, such as ``promote``."""
    classifier: str | None
    target: str
    """What it was done to."""
    before: Any
    after: Any
    previous: str
    """The digest of the entry before."""
    digest: str
    """The digest of all of this."""

    def sealed(self) -> str:
        """The digest that this entry must have."""
        return hashlib.sha256(canonical(self)).hexdigest()


_HASHED = tuple(each.name for each in fields(Entry) if each.name != "digest")


def canonical(entry: Entry) -> bytes:
    """The bytes that stand for an entry: the same on every machine and database, and others for any other entry.

    JSON in ASCII with its keys in order and no spaces; the moment in UTC to the microsecond.  All but the digest.
    """
    values = {name: getattr(entry, name) for name in _HASHED}
    values["at"] = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    return json.dumps(values, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


def worded(text: str, most: int) -> str:
    r"""A text as an entry keeps it: without passwords, in one line, at most so long.

    >>> print(worded("postgresql://ada:secret@db/x" + chr(10) + "next", 500))
    postgresql://ada:***@db/x\nnext
    """
    shown = _UNPRINTABLE.sub(_escaped, redacted(text))
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def detail(value: Any) -> Any:
    """What was before or after as an entry keeps it: JSON, without passwords, small.

    >>> detail({"champion": 3, "at": float("nan"), "from": ("a", "s3://KEY:SECRET@bucket")})
    {'champion': 3, 'at': None, 'from': ['a', 's3://KEY:***@bucket']}
    """
    plain = _plain(value)
    content = json.dumps(plain, sort_keys=True).encode("ascii")
    if len(content) <= MOST_DETAIL:
        return plain
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _plain(value: Any) -> Any:
    match value:
        case None | bool() | int():
            return value
        case float():
            return value if math.isfinite(value) else None
        case Mapping():
            return {worded(str(name), MOST_TARGET): _plain(each) for name, each in value.items()}
        case list() | tuple() | set() | frozenset():
            each_plain = [_plain(each) for each in value]
            return sorted(each_plain, key=json.dumps) if isinstance(value, set | frozenset) else each_plain
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="microseconds")
    return worded(str(value), MOST_DETAIL)


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")
