"""How a version was learned: every trial of its search, and what was found out beside; kept beside the version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from ratchet import documents
from ratchet.documents import plain
from ratchet.evaluation.explained import Explained


@dataclass(frozen=True, kw_only=True, slots=True)
class HowLearned:
    """The search and what it found out; of rows to learn from only, nothing of it is about the holdout."""

    trials: tuple[Mapping[str, Any], ...] = ()
    """Each trial as its document, in the order in which they ended."""
    explained: Explained = field(default_factory=Explained)


def encode(how: HowLearned) -> bytes:
    """The bytes it is kept as: JSON."""
    return msgspec.json.encode(plain(how))


def decode(content: bytes) -> HowLearned:
    """What is kept in those bytes."""
    return documents.typed(documents.read(content, Any), HowLearned)
