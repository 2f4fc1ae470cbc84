"""Every error Ratchet raises, worded for its reader.

A message answers three questions: what was asked, what was found, what to do.  ``exit_code`` is what the command
line exits with (1: refused by the gate or a check, 2: wrong input).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One mistake, located.

    >>> str(Problem(where="ratchet.toml: gate.floor", found="1.7", expected="a number from 0 to 1"))
    'ratchet.toml: gate.floor: found 1.7, expected a number from 0 to 1'
    """

    where: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.where}: found {self.found}, expected {self.expected}"


class RatchetError(Exception):
    """What every error of ours is.

    ``problem`` says what was asked and what was found; ``todo`` what to do about it; ``problems`` lists each mistake
    where there are several, so that all are reported at once and not the first only.
    """

    exit_code = 2

    def __init__(self, problem: str, *, todo: str = "", problems: tuple[Problem, ...] = ()) -> None:
        self.problem = problem
        self.todo = todo
        self.problems = problems
        lines = [problem, *(f"  - {each}" for each in problems)]
        if todo:
            lines.append(f"What to do: {todo}")
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[Any, ...]:
        return _revived, (type(self), self.args, self.__dict__)


def _revived(kind: type[RatchetError], args: tuple[Any, ...], parts: dict[str, Any]) -> RatchetError:
    """An error that came from another process, whatever its class wants to be made from."""
    error = kind.__new__(kind, *args)
    error.__dict__.update(parts)
    return error


class SpecError(RatchetError):
    """The spec (``ratchet.toml``) cannot be read or says something impossible."""


class SettingsError(RatchetError):
    """A setting of this machine (environment, flags) is wrong."""


class DataError(RatchetError):
    """Rows that cannot be read, or a table that cannot be learned from."""


class RowError(RatchetError):
    """Rows sent for an answer do not fit the schema; ``problems`` locates each (``row 3: age``)."""


class RequestError(RatchetError):
    """What is said beside the rows (whose they are, under which tags) cannot be taken."""


class WorkspaceError(RatchetError):
    """The workspace cannot be used: unwritable, busy, from a newer version, or not there yet."""


class BundleError(RatchetError):
    """A model on disk is damaged, changed, or of a kind this version does not know."""


class NotFoundError(RatchetError):
    """A version, run, dataset or prediction that was asked for does not exist."""


class RefusedError(RatchetError):
    """The gate or a check said no."""

    exit_code = 1


class UnavailableError(RatchetError):
    """Something needed is away for now (no champion yet, a database that does not answer)."""

    exit_code = 1


class MissingExtraError(RatchetError):
    """A feature needs an optional library that is not installed."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(
            f"{feature} needs libraries that are not installed",
            todo=f"pip install 'ratchet-ml[{extra}]'",
        )


class UnsupportedError(RatchetError):
    """This operating system lacks what a server or a trainer needs."""


class JobError(RatchetError):
    """Work handed to the engine did not finish: it failed, ran out of time or memory, or its process died."""

    exit_code = 1


class LimitError(JobError):
    """Work handed to the engine was stopped at the time or the memory it was given."""
