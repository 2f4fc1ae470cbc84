"""Every error Ratchet raises, worded for its reader.

A message answers three questions: what was asked, what was found, what to do.  ``exit_code`` is what the command
line exits with (1: refused by the gate or a check, 2: wrong input, 3: something needed is away, busy, or stopped by
time, memory or a full disk, 4: a mistake of ours), and ``code`` the word that `ratchet explain-error` knows it by.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar


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

    exit_code: ClassVar[int] = 2
    code: ClassVar[str] = "error"

    def __init_subclass__(cls) -> None:
        """The code is the name of the class: RowError is "row", MissingExtraError is "missing-extra"."""
        letters = (f"-{letter.lower()}" if letter.isupper() else letter for letter in cls.__name__)
        cls.code = "".join(letters).strip("-").removesuffix("-error")

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
    """The workspace cannot be used: unwritable, from a newer version, or not there yet."""


class BusyError(WorkspaceError):
    """Another process is at work on the workspace."""

    exit_code = 3


class PathError(RatchetError):
    """A file or folder that was named cannot be used: no rights, a folder in a file's place, a name too long."""


class BundleError(RatchetError):
    """A model on disk is damaged, changed, or of a kind this version does not know."""


class NotFoundError(RatchetError):
    """A version, run, dataset or prediction that was asked for does not exist."""


class RefusedError(RatchetError):
    """The gate or a check said no."""

    exit_code = 1


class UnknownCallerError(RatchetError):
    """Who asks did not say who they are, or not in a way that holds: no key, a wrong one, one that is over."""


class ForbiddenError(RatchetError):
    """Who asks is known, and may not do this."""


class TooOftenError(RatchetError):
    """Who asks has asked too often; ``seconds`` says when to ask again."""

    exit_code = 3

    def __init__(self, problem: str, *, todo: str = "", seconds: float) -> None:
        super().__init__(problem, todo=todo)
        self.seconds = seconds


class UnavailableError(RatchetError):
    """Something needed is away for now (no champion yet, a database that does not answer)."""

    exit_code = 3


class FullDiskError(UnavailableError):
    """There is no room left to write to."""


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

    exit_code = 3


class LimitError(JobError):
    """Work handed to the engine was stopped at the time or the memory it was given."""


class InternalError(RatchetError):
    """A mistake of Ratchet's own."""

    exit_code = 4


_FULL = {errno.ENOSPC, errno.EDQUOT}
_FOR_NOW = {
    errno.EMFILE: "this process has too many files open",
    errno.ENFILE: "this machine has too many files open",
    errno.ENOMEM: "this machine has no memory left",
    errno.EIO: "the disk reports an error",
}
_TODO = {
    errno.ENOENT: "check the path: a folder or file of it is not there",
    errno.ENOTDIR: "check the path: a part of it is a file and no folder",
    errno.EISDIR: "name a file, not a folder",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.EROFS: "choose a disk that may be written to",
}


def of_path(error: OSError, path: Path | str) -> RatchetError:
    """What the operating system says of a file or folder, in words.

    A full disk is `FullDiskError`, what may pass by itself `UnavailableError`, the rest `PathError`.

    >>> print(of_path(IsADirectoryError(errno.EISDIR, "Is a directory"), "data"))
    data cannot be used: it is a directory
    What to do: name a file, not a folder
    """
    shown = _shown(path)
    if error.errno in _FULL:
        return full_disk(shown)
    if error.errno in _FOR_NOW:
        return UnavailableError(f"{shown} cannot be used: {_FOR_NOW[error.errno]}", todo="mend that, then try again")
    said = re.sub(r" ?\(os error \d+\)", "", error.strerror or str(error))  # as Polars words it
    reason = said.lower().replace("is a ", "it is a ")
    return PathError(
        f"{shown} cannot be used: {reason}", todo=_TODO.get(error.errno or 0, "see that you may read and write there")
    )


def file_to_write(path: str | os.PathLike[str]) -> Path:
    """The path of a file that is to be written; raises `PathError` where it names a folder, or lies in none.

    >>> print(file_to_write("answers/."))
    Traceback (most recent call last):
        ...
    ratchet.errors.PathError: answers/. cannot be used: it is a directory
    What to do: name a file, not a folder
    """
    text = os.fsdecode(path)
    if not text:
        raise PathError("the path of the file to write is empty", todo="name a file, not a folder")
    if "\0" in text:
        raise PathError(f"{_shown(text)!r} is no path: it holds a NUL character", todo="name a file")
    place = Path(text)
    try:
        if os.path.basename(text) in {"", ".", ".."} or (place.exists() and place.is_dir()):  # noqa: PTH119 (a / at its end)
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISDIR(place.parent.stat().st_mode):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    except FileNotFoundError:
        raise PathError(
            f"{_shown(text)} cannot be used: there is no folder {_shown(place.parent)}",
            todo="make that folder, or name another",
        ) from None
    except OSError as error:
        raise of_path(error, text) from None
    return place


def _shown(path: str | os.PathLike[str]) -> str:
    return os.fsencode(path).decode("utf-8", "backslashreplace")


_SAYS_FULL = re.compile(
    r"No space left on device|database or disk is full|Disk quota exceeded|\d+ requested and \d+ written"
)
"""What systems, SQLite and NumPy say of a disk without room, where the number of the error was lost on the way."""


def full_disk(where: str) -> FullDiskError:
    """There is no room: what to say, wherever it is found."""
    return FullDiskError(
        f"there is no room left on the disk: {where}",
        todo="free some room, then type the same again: what is half-written is removed",
    )


def is_full_disk(error: BaseException) -> bool:
    """Whether an error comes of a disk without room, however it was wrapped on its way here."""
    return any(
        (isinstance(each, OSError) and each.errno in _FULL) or _SAYS_FULL.search(str(each)) for each in behind(error)
    )


def behind(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and what it was raised from or over, the newest first."""
    seen = set[int]()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
