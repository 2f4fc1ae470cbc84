"""What a call can fail with: the server's problem documents as typed errors, and a server that cannot be reached."""

from __future__ import annotations

from typing import Any

import msgspec

from ratchet.client.values import Mistake


class ClientError(Exception):
    """Any failure of a call."""


class UnreachableError(ClientError):
    """No answer came: no connection, or one that broke.  ``__cause__`` is the transport's own error."""


class AddressError(ClientError):
    """Something that is no answer of a Ratchet server came back."""


class Problem(msgspec.Struct, frozen=True):
    """A problem document (RFC 9457) with the members of Ratchet's."""

    type: str
    status: int
    detail: str = ""
    found: str = ""
    todo: str = ""
    errors: tuple[Mistake, ...] = ()


class ProblemError(ClientError):
    """The server refused; what it ``found``, what ``todo``, and where each of ``errors`` is."""

    def __init__(self, problem: Problem, retry_after: float | None = None) -> None:
        super().__init__(_in_words(problem))
        self.problem = problem
        self.retry_after = retry_after
        """Seconds after which to ask again, where the server said so."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.problem.status

    @property
    def code(self) -> str:
        """What ``ratchet explain-error`` knows it by."""
        return self.problem.type.rpartition(":")[2]

    @property
    def errors(self) -> tuple[Mistake, ...]:
        """Each mistake, located."""
        return self.problem.errors


class NotAllowedError(ProblemError):
    """No key, a wrong one, or one that does not go so far (401, 403)."""


class MissingError(ProblemError):
    """What was asked for is not there (404)."""


class InvalidError(ProblemError):
    """Rows or bodies that do not fit (400, 413, 415, 422); ``errors`` locates each mistake."""


class TooManyError(ProblemError):
    """More than the limits allow (429)."""


class ServerError(ProblemError):
    """The server cannot answer now, or made a mistake (5xx)."""


_KINDS: dict[int, type[ProblemError]] = {
    400: InvalidError,
    401: NotAllowedError,
    403: NotAllowedError,
    404: MissingError,
    413: InvalidError,
    415: InvalidError,
    422: InvalidError,
    429: TooManyError,
}


def error_of(status: int, body: bytes, retry_after: float | None = None) -> ClientError:
    """The error that an answer without success stands for."""
    try:
        problem = msgspec.json.decode(body, type=Problem)
    except msgspec.MsgspecError:
        return AddressError(f"an answer {status} that is no problem document: is a Ratchet server at this address?")
    return typed(problem, retry_after)


def typed(problem: Problem | dict[str, Any], retry_after: float | None = None) -> ProblemError:
    """A problem document as its error."""
    document = problem if isinstance(problem, Problem) else msgspec.convert(problem, Problem)
    kind = _KINDS.get(document.status, ServerError if document.status >= 500 else ProblemError)
    return kind(document, retry_after)


def _in_words(problem: Problem) -> str:
    lines = [f"{problem.status}: {problem.detail or problem.found}"]
    lines += [f"  {each.where}: found {each.found}, expected {each.expected}" for each in problem.errors]
    return "\n".join(lines)
