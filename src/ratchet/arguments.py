"""What verbs are given beside rows: looked over before anything is done, and refused in words."""

from __future__ import annotations

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
