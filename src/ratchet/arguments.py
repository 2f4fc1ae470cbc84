"""What verbs are given beside rows: looked over before anything is done, and refused in words."""

from __future__ import annotations

import math
import os
from pathlib import Path

from ratchet.errors import PathError, RequestError


def as_path(given: object, what: str) -> Path:
    """What was given as ``what``, as a path; raises `PathError` for what can be none.

    >>> as_path("data", "a folder").as_posix()
    'data'
    """
    if isinstance(given, str | os.PathLike):
        return Path(os.fsdecode(given))
    raise PathError(f"{what} is named by a path, and {given!r:.80} is none", todo='give a text or a Path, such as "."')


def as_switch(given: object, name: str) -> bool:
    """The value of an argument that is on or off; raises `RequestError` for what is neither: a text may mean either.

    >>> as_switch(True, "promote")
    True
    """
    if isinstance(given, bool):
        return given
    raise RequestError(f"{name} is a bool, and {given!r:.80} is none", todo=f"give {name}=True or {name}=False")


def as_seconds(given: object, name: str) -> float | None:
    """A time in seconds, or None where none was given; raises `RequestError` for what is no number above nothing.

    >>> as_seconds(30, "budget")
    30.0
    """
    if given is None:
        return None
    if isinstance(given, int | float) and not isinstance(given, bool) and 0 < given < math.inf:
        return float(given)
    raise RequestError(f"{name} is seconds, and {given!r:.80} are none", todo=f"give a number above 0, as {name}=60")
