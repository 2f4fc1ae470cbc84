"""What a server answers with, typed; keys that a newer server adds are passed over."""

from __future__ import annotations

from typing import Any

import msgspec


class Score(msgspec.Struct, frozen=True):
    """One class and how probable it is."""

    label: str
    name: str
    score: float


class Answer(msgspec.Struct, frozen=True):
    """The answer to one row; ``id`` is what feedback refers to."""

    id: str
    label: str
    name: str
    confidence: float
    version: str
    scores: tuple[Score, ...] = ()
    ms: float = 0.0
    set: tuple[str, ...] = ()
    abstained: bool = False


class Mistake(msgspec.Struct, frozen=True):
    """One thing that is wrong with what was sent."""

    where: str
    found: str = ""
    expected: str = ""


class Kept(msgspec.Struct, frozen=True):
    """A true label as the server keeps it."""

    id: str
    prediction_id: str
    label: str
    actor: str
    source: str
    agreed: bool
    repeated: bool = False
    corrects: bool = False


class NotKept(msgspec.Struct, frozen=True):
    """A true label of several that was not kept, with its problem document."""

    problem: dict[str, Any]


class ClassName(msgspec.Struct, frozen=True):
    """A class, and the name people read."""

    label: str
    name: str


class Info(msgspec.Struct, frozen=True):
    """What a classifier is."""

    name: str
    label: str
    classes: tuple[ClassName, ...]
    columns: dict[str, str]
    champion: str | None = None
    family: str | None = None
    metrics: dict[str, Any] = {}
    summary: str = ""


class Version(msgspec.Struct, frozen=True):
    """A version, promoted or not."""

    number: str
    family: str
    stage: str
    decision: dict[str, Any] = {}


class Health(msgspec.Struct, frozen=True):
    """Whether requests are answered, and what is wrong."""

    live: bool
    ready: bool
    version: str | None = None
    problems: tuple[str, ...] = ()
