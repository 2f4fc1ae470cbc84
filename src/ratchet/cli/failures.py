"""What the command line says of whatever goes wrong: words, never a traceback."""

from __future__ import annotations

import os
import platform
import shlex
import sys
import tempfile
import traceback
from collections.abc import Sequence

import ratchet
from ratchet.errors import (
    FullDiskError,
    InternalError,
    RatchetError,
    UnavailableError,
    full_disk,
    is_full_disk,
    of_path,
)
from ratchet.words import redacted, short

DEBUG = "RATCHET_DEBUG"
"""Set, the traceback of a mistake of ours is shown on the terminal too."""


def told(error: Exception, words: Sequence[str]) -> RatchetError:
    """An error of any kind as one of ours; ``words`` are those of the command, for the report of a mistake of ours."""
    if is_full_disk(error) and not isinstance(error, FullDiskError):
        return full_disk(str(error.problem) if isinstance(error, RatchetError) else redacted(str(error)))
    match error:
        case RatchetError():
            return error
        case MemoryError():
            return UnavailableError(
                "this machine has no memory left", todo="end what else runs, or take fewer rows, then try again"
            )
        case OSError() if error.filename is not None and not isinstance(error.filename, int):
            return of_path(error, os.fsdecode(error.filename))
    return _ours(error, words)


def _ours(error: Exception, words: Sequence[str]) -> InternalError:
    """A mistake of ours, with its traceback in a file that only its owner may read."""
    found = redacted(short(f"{type(error).__name__}: {error}", 200)[1:-1])
    report = redacted("".join(traceback.format_exception(error)))
    if os.environ.get(DEBUG):
        sys.stderr.write(report)
    head = (
        f"Ratchet {ratchet.__version__}, Python {platform.python_version()}, {platform.platform()}\n"
        f"{redacted(shlex.join(['ratchet', *words]))}\n\n"
    )
    try:
        number, path = tempfile.mkstemp(prefix="ratchet-mistake-", suffix=".txt")  # made 0600
        with open(number, "w", encoding="utf-8", errors="backslashreplace") as out:  # noqa: PTH123
            out.write(head + report)
    except OSError:
        return InternalError(
            f"a mistake of Ratchet's own: {found}", todo=f"{DEBUG}=1 shows where; please report it with that"
        )
    return InternalError(
        f"a mistake of Ratchet's own: {found}", todo=f"please report it with {path}, which says where it happened"
    )
