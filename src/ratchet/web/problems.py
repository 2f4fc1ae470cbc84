"""Errors as RFC 9457 problem documents: what was asked, what was found, what to do, each mistake located."""

from __future__ import annotations

from http import HTTPStatus
from math import ceil
from typing import Any

import msgspec

from ratchet.errors import (
    ForbiddenError,
    JobError,
    NotFoundError,
    RatchetError,
    RefusedError,
    RowError,
    TooOftenError,
    UnavailableError,
    UnknownCallerError,
)

MEDIA_TYPE = b"application/problem+json"
RETRY_AFTER = b"5"
"""Seconds after which something that is away may be back."""
MOST_SHOWN = 80
"""Characters that are told of what somebody sent."""


class TooLargeError(RatchetError):
    """A body is larger than this server takes."""


class MediaTypeError(RatchetError):
    """A body or an answer is asked for in a format that is not known here."""


class MethodError(RatchetError):
    """A path is asked for with a method it does not have."""


class BodyError(RatchetError):
    """A body that is not what its content type says."""


class HostError(RatchetError):
    """A request to a host that is not this server."""


class OriginError(RatchetError):
    """A request from a page of another server."""


class SlowError(RatchetError):
    """A request that does not come to its end."""


class HeadersError(RatchetError):
    """A request whose headers are too much."""


STATUS: dict[type[RatchetError], int] = {
    RatchetError: 400,
    UnknownCallerError: 401,
    ForbiddenError: 403,
    OriginError: 403,
    NotFoundError: 404,
    MethodError: 405,
    SlowError: 408,
    RefusedError: 409,
    TooLargeError: 413,
    MediaTypeError: 415,
    HostError: 421,
    RowError: 422,
    TooOftenError: 429,
    HeadersError: 431,
    JobError: 500,
    UnavailableError: 503,
}
"""What an error is answered with; a kind that is not named here is answered like the kind that it is a case of."""


def status(error: RatchetError) -> int:
    """The HTTP status of an error.

    >>> status(RowError("...")), status(BodyError("..."))
    (422, 400)
    """
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def headers_of(error: RatchetError) -> list[tuple[bytes, bytes]]:
    """The headers that say what a client may do about an error.

    >>> headers_of(TooOftenError("...", seconds=1.2)), headers_of(MethodError("..."))
    ([(b'retry-after', b'2')], [(b'allow', b'POST')])
    """
    match error:
        case TooOftenError():
            return [(b"retry-after", b"%d" % max(1, ceil(error.seconds)))]
        case UnknownCallerError():
            return [(b"www-authenticate", b'Bearer realm="ratchet"')]
        case MethodError():
            return [(b"allow", b"POST")]
    return [(b"retry-after", RETRY_AFTER)] if status(error) == 503 else []


def problem(error: RatchetError, asked: str) -> dict[str, Any]:
    """The problem document of an error; ``asked`` is the method and path of the request."""
    return document(
        status(error),
        error.code,
        asked,
        error.problem,
        todo=error.todo,
        errors=msgspec.to_builtins(error.problems),
    )


def document(
    code: int, kind: str, asked: str, found: str, *, todo: str = "", errors: list[Any] | None = None
) -> dict[str, Any]:
    """A problem document (RFC 9457, section 3) with our members ``asked``, ``found``, ``todo`` and ``errors``."""
    return {
        "type": f"urn:ratchet:{kind}",
        "title": HTTPStatus(code).phrase,
        "status": code,
        "detail": f"{found}. {todo[:1].upper()}{todo[1:]}." if todo else f"{found}.",
        "asked": asked,
        "found": found,
        "todo": todo,
        "errors": errors or [],
    }


def unexpected(asked: str) -> dict[str, Any]:
    """The problem document of a mistake of ours."""
    return document(500, "internal", asked, "an error of the server", todo="see the server's log; the request is safe "
                    "to send again")  # fmt: skip


def clipped(sent: bytes | str) -> str:
    """What somebody sent, for a message: never more than `MOST_SHOWN` characters of it.

    >>> clipped("x" * 1_000_000)[-5:], len(clipped(b"x" * 1_000_000))
    ('xx...', 80)
    """
    text = sent[: MOST_SHOWN + 1].decode("latin-1") if isinstance(sent, bytes) else sent
    return text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 3]}..."
