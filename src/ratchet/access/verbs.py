"""Which verb of a classifier leaves which entry, and how.

An entry is written before a verb begins: one that is killed, or fails, has left it, and where it cannot be written the
verb does nothing and shows nothing.  What a verb comes to (rows, a version, a champion, a label) tells of itself in the
transaction that makes it so (`ratchet.store.witness`).  So no change goes untold, whenever a process dies.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar

from ratchet.access.audit import Audit
from ratchet.access.entries import Entry
from ratchet.access.in_force import InForce
from ratchet.access.verified import Verified
from ratchet.access.who import present
from ratchet.registry.records import Records
from ratchet.serving.closable import Closable

C = TypeVar("C", bound="type[Audited]")
Asked = Mapping[str, Any]
"""What a verb was given, by name."""


class Audited(Closable):
    """The verbs about the audit, and what tells it of the others."""

    _audit: Audit
    _in_force: InForce
    _records: Records

    def audit(
        self, *, actor: str | None = None, action: str | None = None, classifier: str | None = None,
        since: datetime | str | None = None, before: int | None = None, limit: int = 50,
    ) -> list[Entry]:  # fmt: skip
        """Who did what, newest first: every change and every reading of rows, in the database of this classifier.

        The next page is ``before`` the ``seq`` of the last entry.  Raises `RequestError` for what cannot be looked for.
        """
        return self._audit.entries(
            actor=actor, action=action, classifier=classifier, since=since, before=before, limit=limit
        )

    def verify_audit(self, marks: Sequence[str] = ()) -> Verified:
        """Whether every entry is as it was written and none is missing; ``marks`` are heads of earlier walks."""
        return self._audit.verify(marks)

    @contextmanager
    def _auditing(self, told: Told, asked: Asked) -> Iterator[None]:
        """Tell of a verb before it begins, unless it is done by another that was told of."""
        if _within.get() or not told.when(asked):
            yield
            return
        token = _within.set(True)
        try:
            if not told.action.endswith(".read"):
                self._require_open()
            self._in_force.see()
            if not told.by_itself:
                self._audit.tell(told.action, told.target(self, asked), after=told.after(asked) or None)
            try:
                yield
            finally:
                self._audit.note()
        finally:
            _within.reset(token)


_within: ContextVar[bool] = ContextVar("ratchet-audited", default=False)


def _rows(classifier: Audited, _: Asked) -> str:
    dataset = classifier._records.datasets.latest()
    return "no rows" if dataset is None else f"dataset {dataset.id}"


def _sources(_: Audited, asked: Asked) -> str:
    """What rows are taken from: paths and addresses; of what lies in memory its type, never what it holds."""
    return ", ".join(map(_of_source, asked["sources"])) or "the newest rows"


def _source(_: Audited, asked: Asked) -> str:
    return _of_source(asked["source"])


def _of_source(source: object) -> str:
    return os.fsdecode(source) if isinstance(source, str | os.PathLike) else type(source).__name__


def _subject(classifier: Audited, asked: Asked) -> str:
    """A person, by the pseudonym: the audit is never changed, and must name nobody."""
    return f"subject {classifier._records.datasets.keeping.pseudonyms.forms(asked['subject'])[0]}"


def _version(_: Audited, asked: Asked) -> str:
    return "the champion, or the newest version" if asked["version"] is None else f"version {asked['version']}"


def _given(*names: str) -> Callable[[Asked], dict[str, Any]]:
    """Of what was asked, what is worth keeping: numbers, switches, and names."""
    return lambda asked: {name: asked[name] for name in names if asked[name] not in (None, False)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """The entry of a verb."""

    action: str
    target: Callable[[Audited, Asked], str] = _rows
    after: Callable[[Asked], Any] = lambda _: None
    """What was asked for."""
    when: Callable[[Asked], bool] = lambda _: True
    by_itself: bool = False
    """The one change that it makes tells of itself, so that nothing is told before."""


def _look(asked: Asked) -> bool:
    return bool(asked["look"])


VERBS: Mapping[str, Told] = {
    "ingest": Told(action="ingest", target=_sources, after=_given("correct")),
    "ingest_feedback": Told(action="ingest", target=lambda *_: "answers whose true label came back"),
    "train": Told(action="train", target=_sources, after=_given("promote", "recipe")),
    "rotate": Told(action="rotate"),
    "reseal": Told(action="reseal", target=lambda *_: "what is kept encrypted", after=_given("open")),
    "promote": Told(action="promote", by_itself=True),
    "rollback": Told(action="rollback", by_itself=True),
    "set_traffic": Told(action="traffic", by_itself=True),
    "feedback": Told(action="feedback", by_itself=True),
    "feedback_all": Told(action="feedback", by_itself=True),
    "label": Told(action="label", target=_source, after=_given("came")),
    "export": Told(action="export", target=_version, after=_given("to", "folder")),
    "forget": Told(action="forget", target=_subject),
    "subject": Told(action="rows.read", target=_subject, after=lambda _: {"by": "subject"}),
    "history": Told(action="rows.read", target=_subject, after=_given("caller", "before", "limit")),
    "check": Told(action="rows.read", after=lambda _: {"by": "check"}),
    "frame": Told(action="rows.read", after=lambda _: {"by": "frame"}),
    "examples": Told(action="rows.read", after=_given("count")),
    "write_concerned": Told(action="rows.read", after=lambda asked: {"to": str(asked["path"])}),
    "unsealed": Told(action="rows.read", target=lambda _, asked: str(asked["path"]), after=lambda _: {"by": "unseal"}),
    "show": Told(action="holdout.read", target=_version, when=_look),
    "page": Told(action="holdout.read", target=_version, when=_look),
    "compare": Told(action="holdout.read", target=lambda _, asked: f"version {asked['second']}", after=_given("first")),
}
"""Verbs that change something, or show rows or what the holdout says."""

UNTOLD: Mapping[str, str] = {
    "predict": "the log keeps each answer",
    "predict_file": "the log keeps each answer",
    "answer": "the log keeps each answer",
    "answer_file": "the log keeps each answer",
    "answer_once": "the log keeps each answer",
    "explain": "explains the caller's own row, and keeps nothing",
    "score": "answers the caller's own rows into the caller's own file",
    "learning_curve": "keeps nothing, and shows scores only",
    "sync_trackers": "tells trackers what they are owed, and decides nothing",
    "tend": "upkeep",
    "close": "upkeep",
} | dict.fromkeys(
    (
        "name", "bodies", "files", "exports", "versions", "scorecard", "champion", "ledger", "runs", "run", "run_log",
        "untold", "schema", "schemas", "info", "health", "live", "counts", "spooled", "inserting", "stored", "audit",
        "verify_audit", "places", "usage", "traffic",
    ),
    "only reads, and shows no row",
)  # fmt: skip
"""The other verbs, and why they leave no entry."""


def audited(owner: C) -> C:
    """Have each of `VERBS` that a class has tell the audit; who acts is the ``actor`` where none is given."""
    for name, told in VERBS.items():
        if hasattr(owner, name):
            setattr(owner, name, _telling(getattr(owner, name), told))
    return owner


def _telling(verb: Callable[..., Any], told: Told) -> Callable[..., Any]:
    signature = inspect.signature(verb)

    @wraps(verb)
    def telling(self: Audited, *args: Any, **named: Any) -> Any:
        try:
            bound = signature.bind(self, *args, **named)
        except TypeError:  # the verb words it better
            return verb(self, *args, **named)
        bound.apply_defaults()
        asked = bound.arguments
        if "actor" in asked and asked["actor"] is None:
            asked["actor"] = present().name
        with self._auditing(told, asked):
            return verb(*bound.args, **bound.kwargs)

    return telling
