"""What a classifier says of itself: what it is, and how it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ratchet.data.schema import Schema
from ratchet.registry.versions import Version
from ratchet.serving.live import LiveState
from ratchet.statistics.measured import Measured


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassName:
    """A class, and the name people read."""

    label: str
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Info:
    """What a classifier is."""

    name: str
    label: str
    """The column that it has learned."""
    classes: tuple[ClassName, ...]
    columns: Mapping[str, str]
    """Each column that it reads, with its kind."""
    champion: str | None
    family: str | None
    metrics: Mapping[str, Measured]
    """The champion's, each with its interval."""
    summary: str
    """In words, whether the champion beats its baselines."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """How a classifier is: ``live`` while its process runs, ``ready`` while it answers."""

    live: bool = True
    ready: bool
    version: str | None
    """The version that answers."""
    problems: tuple[str, ...]
    """A sentence for each thing that is wrong."""


def info(name: str, schema: Schema, champion: Version | None, *, names: Mapping[str, str]) -> Info:
    """What a classifier is, by its columns and classes, the names people read for those, and its champion as shown."""
    return Info(
        name=name,
        label=schema.label,
        classes=tuple(ClassName(label=each, name=names.get(each, each)) for each in schema.classes),
        columns={column: str(kind) for column, kind in schema.features.items()},
        champion=champion.number if champion else None,
        family=champion.family if champion else None,
        metrics=champion.scorecard.metrics if champion else {},
        summary=champion.scorecard.summary if champion else "",
    )


def health(live: LiveState, log_problems: Sequence[str]) -> Health:
    """How a classifier is, by what is live and what is wrong with its log."""
    problems = [*log_problems]
    if live.problem is not None:
        problems.append(live.problem)
    problems.extend(live.arms.problems)
    if live.version is None:
        problems.append("there is no champion to answer with")
    return Health(ready=live.version is not None, version=live.version, problems=tuple(problems))
