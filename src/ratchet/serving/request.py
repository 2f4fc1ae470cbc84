"""A Request: one row to answer, and all that is known of who asks and how; it travels from the door to the log."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from ratchet.errors import Problem, RequestError
from ratchet.store.tables import SUBJECT_CHARS

Row = Mapping[str, Any]
LOCAL = "local"
"""The caller where nobody has to say who they are."""
VOTES = "votes"
"""The wish for what each member of an ensemble says by itself."""
EXPLAIN = "explain"
"""The wish for what in the row spoke for the answer."""
MOST_TAGS = 16
_KEY = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_NO_TAGS: Mapping[str, str] = MappingProxyType({})


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What the rows that are sent together have in common: who asks, and how."""

    caller: str = LOCAL
    """Who asks: the name of a key, or ``local`` where none is needed."""
    subject: str | None = None
    """Whose row it is, as the caller names that person; what `forget` looks for."""
    tags: Mapping[str, str] = _NO_TAGS
    """What the caller wants the answer to be found by later."""
    wishes: frozenset[str] = frozenset()
    """What the answer should come with beyond the usual."""
    top: int | None = None
    """How many classes the answer ranks, at most those there are; None for as many as ``serve.top`` says."""


class Request(Context, frozen=True, kw_only=True):
    """One row for one classifier."""

    classifier: str
    row: Row
    id: str | None = None
    """The id that its answer gets; None for one of its own."""
    arm: str | None = None
    """Which arm of split traffic it fell into; None where traffic is not split."""


def context(
    *,
    caller: str = LOCAL,
    subject: str | None = None,
    tags: Mapping[str, str] | None = None,
    votes: bool = False,
    top: int | None = None,
    explain: bool = False,
) -> Context:
    """Who asks and how, looked over; raises `RequestError` that locates each mistake."""
    problems = tuple(_problems(subject, tags or _NO_TAGS))
    if problems:
        raise RequestError(
            "the subject or the tags cannot be taken",
            todo="correct each one named and ask again; nothing was answered or logged",
            problems=problems,
        )
    wishes = frozenset(name for name, wished in ((VOTES, votes), (EXPLAIN, explain)) if wished)
    return Context(caller=caller, subject=subject, tags=tags or _NO_TAGS, wishes=wishes, top=top)


def checked_subject(subject: str) -> str:
    """The name of a subject that is asked for, as it was given; raises `RequestError` where none can be called so."""
    context(subject=subject)
    return subject


def _problems(subject: str | None, tags: Mapping[str, str]) -> Iterator[Problem]:
    text = f"1 to {SUBJECT_CHARS} printable characters"
    if subject is not None and not _is_text(subject):
        yield Problem(where="subject", found=repr(subject)[:120], expected=text)
    if len(tags) > MOST_TAGS:
        yield Problem(where="tags", found=f"{len(tags)} tags", expected=f"at most {MOST_TAGS}")
    for key, value in tags.items():
        if not (isinstance(key, str) and _KEY.fullmatch(key)):
            expected = "a key of 1 to 64 letters, digits and _ . -"
            yield Problem(where="tags", found=repr(key)[:120], expected=expected)
        if not _is_text(value):
            yield Problem(where=f"tags: {key}"[:80], found=repr(value)[:120], expected=text)


def _is_text(value: object) -> bool:
    """Whether every database keeps the text and finds it again.

    >>> _is_text("ann@example.com"), _is_text(chr(0)), _is_text(" ")
    (True, False, False)
    """
    return isinstance(value, str) and len(value) <= SUBJECT_CHARS and value.isprintable() and value.strip() != ""


def requests(classifier: str, rows: Iterable[Row], context: Context) -> list[Request]:
    """A request per row, all in the same context.

    >>> [(each.row, each.subject) for each in requests("films", [{"a": 1}, {"a": 2}], Context(subject="ann"))]
    [({'a': 1}, 'ann'), ({'a': 2}, 'ann')]
    """
    caller, subject, tags = context.caller, context.subject, context.tags
    wishes, top = context.wishes, context.top
    return [
        Request(classifier=classifier, row=row, caller=caller, subject=subject, tags=tags, wishes=wishes, top=top)
        for row in rows
    ]
