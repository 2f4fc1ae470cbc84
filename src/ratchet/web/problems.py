"""Errors as RFC 9457 problem documents: what was asked, what was found, what to do, each mistake located."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import msgspec

from ratchet.errors import RatchetError

MEDIA_TYPE = b"application/problem+json"


class TooLargeError(RatchetError):
    """A body is larger than this server takes."""

    status = 413


class MediaTypeError(RatchetError):
    """A body or an answer is asked for in a format that is not known here."""

    status = 415


class MethodError(RatchetError):
    """A path is asked for with a method it does not have."""

    status = 405


class BodyError(RatchetError):
    """A body that is not what its content type says."""

    status = 400


def problem(error: RatchetError, asked: str) -> dict[str, Any]:
    """The problem document of an error; ``asked`` is the method and path of the request."""
    return document(
        error.status,
        _slug(type(error).__name__),
        asked,
        error.problem,
        todo=error.todo,
        errors=msgspec.to_builtins(error.problems),
    )


def document(
    status: int, kind: str, asked: str, found: str, *, todo: str = "", errors: list[Any] | None = None
) -> dict[str, Any]:
    """A problem document (RFC 9457, section 3) with our members ``asked``, ``found``, ``todo`` and ``errors``."""
    return {
        "type": f"urn:ratchet:{kind}",
        "title": HTTPStatus(status).phrase,
        "status": status,
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


def _slug(name: str) -> str:
    """RowError -> row; MissingExtraError -> missing-extra."""
    words = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name.removesuffix("Error"))
    return words.strip("-")
