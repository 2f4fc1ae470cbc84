"""Who asks, of which classifier, about whom: read from a request's address and headers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import Depends
from starlette.requests import Request

from ratchet.access.access import Access
from ratchet.access.who import Who
from ratchet.classifier import LOCAL, Classifier, Context, context
from ratchet.errors import Problem, RequestError
from ratchet.system import System
from ratchet.web.clients import Client
from ratchet.web.problems import clipped
from ratchet.web.threads import ThreadPools

SUBJECT, TAGS, IDEMPOTENCY = b"ratchet-subject", b"ratchet-tags", b"idempotency-key"
_OURS = frozenset((SUBJECT, TAGS))
_NOTHING_SAID = Context()
EVERY_CLASS = 100_000
"""The classes that ``probabilities=true`` asks for: as many as there are."""
_KEY = re.compile(rb"[\x20-\x7e]{1,64}")
_COUNT = re.compile(r"[1-9][0-9]{0,4}|100000", re.ASCII)


def system_of(request: Request) -> System:
    """The system that the application answers for."""
    system: System = request.app.state.system
    return system


async def classifier_of(request: Request) -> Classifier:
    """The classifier that the address names, or the default one; raises `NotFoundError`."""
    name = request.path_params.get("name")
    found = system_of(request).get(clipped(name) if name else None)
    request.state.classifier = found.name
    return found


Asked = Annotated[Classifier, Depends(classifier_of)]


async def pools_of(request: Request, classifier: Asked) -> ThreadPools:
    """The threads of the classifier that is asked."""
    found: ThreadPools = request.app.state.pools[classifier.name]
    return found


def pools_of_system(request: Request) -> ThreadPools:
    """The threads of what belongs to no classifier."""
    found: ThreadPools = request.app.state.own_pools
    return found


def access_of(request: Request) -> Access | None:
    """The keys and sessions of this server; None where it asks nobody for a key."""
    found: Access | None = request.app.state.access
    return found


def who_of(request: Request) -> Who:
    """Who asks, as the guard found out."""
    found: Who = request.state.who
    return found


def client_of(request: Request) -> Client:
    """Where the request comes from."""
    found: Client = request.state.client
    return found


async def caller_of(request: Request) -> str:
    """What the log calls who asks."""
    return who_of(request).name


Own = Annotated[ThreadPools, Depends(pools_of)]
Caller = Annotated[str, Depends(caller_of)]


def context_of(headers: Iterable[tuple[bytes, bytes]], query: bytes = b"", *, caller: str = LOCAL) -> Context:
    """What the headers ``Ratchet-Subject`` and ``Ratchet-Tags`` say, and an address's ``votes``, ``explain``, ``top``
    and ``probabilities`` ask for.

    Raises `RequestError` where that cannot be taken.

    >>> context_of([(b"ratchet-subject", b"ann"), (b"ratchet-tags", b"shop=north, trial=b")]).tags
    {'shop': 'north', 'trial': 'b'}
    """
    said = [(key, value) for key, value in headers if key in _OURS]
    votes, explain, top = _wished(query) if query else (False, False, None)
    if not said:
        nothing = not query and caller == LOCAL
        return _NOTHING_SAID if nothing else context(caller=caller, votes=votes, explain=explain, top=top)
    subjects = [_text(SUBJECT, value) for key, value in said if key == SUBJECT]
    if len(subjects) > 1:
        raise _unclear(SUBJECT, f"{len(subjects)} of them", "one")
    tags: dict[str, str] = {}
    for part in [part for key, value in said if key == TAGS for part in _text(TAGS, value).split(",") if part.strip()]:
        name, equals, text = part.partition("=")
        if not equals or name.strip() in tags:
            raise _unclear(TAGS, repr(part.strip())[:120], "key=value, each key once, parted by commas")
        tags[name.strip()] = text.strip()
    return context(
        caller=caller, subject=subjects[0] if subjects else None, tags=tags, votes=votes, explain=explain, top=top
    )


def _wished(query: bytes) -> tuple[bool, bool, int | None]:
    """Whether votes and an explanation are asked for, and how many classes."""
    asked = parse_qs(query.decode("latin-1"), keep_blank_values=True)
    top = asked.get("top")
    if top is not None and not (len(top) == 1 and _COUNT.fullmatch(top[0])):
        raise _unread("top", top, f"a whole number from 1 to {EVERY_CLASS:,}, once")
    if switch(asked, "probabilities"):
        if top is not None:
            raise _unread("top", top, "nothing beside probabilities=true, which gives every class")
        return switch(asked, "votes"), switch(asked, "explain"), EVERY_CLASS
    return switch(asked, "votes"), switch(asked, "explain"), None if top is None else int(top[0])


def switch(asked: Mapping[str, list[str]], name: str) -> bool:
    """Whether an address asks for something; raises `RequestError` where it says neither true nor false."""
    said = asked.get(name, ["false"])
    if said in (["true"], ["false"]):
        return said == ["true"]
    raise _unread(name, said, "true or false")


def _unread(name: str, said: list[str], expected: str) -> RequestError:
    return RequestError(
        f"the address's {name} cannot be read",
        todo="correct it and ask again; nothing was answered or logged",
        problems=(Problem(where=name, found=clipped(", ".join(said)), expected=expected),),
    )


def key_of(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The header ``Idempotency-Key`` of a request that has one; raises `RequestError` where it cannot be taken."""
    found = [value for name, value in headers if name == IDEMPOTENCY]
    if len(found) != 1 or _KEY.fullmatch(found[0]) is None:
        said = repr(found[0])[:120] if len(found) == 1 else f"{len(found)} of them"
        raise _unclear(IDEMPOTENCY, said, "1 to 64 printable ASCII characters, once")
    return found[0].decode("ascii")


def _text(header: bytes, value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        raise _unclear(header, repr(value)[:120], "text in UTF-8") from None


def _unclear(header: bytes, found: str, expected: str) -> RequestError:
    name = header.decode().title()
    return RequestError(
        f"the header {name} cannot be read",
        todo=f"correct {name} and ask again; nothing was answered or logged",
        problems=(Problem(where=name, found=found, expected=expected),),
    )
