"""Numbers as the files of a model say them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NoReturn

from ratchet.errors import SpecError

_MOST = 2**31 - 1


def whole(said: Mapping[str, Any], *names: str, default: int | None = None, least: int = 1, most: int = _MOST) -> int:
    """The first of these settings that is there and not null, else the default; raises `SpecError` where there is none,
    or what is said is no whole number from ``least`` to ``most``.
    """
    found = next((said[name] for name in names if said.get(name) is not None), default)
    if isinstance(found, bool) or not isinstance(found, int) or not least <= found <= most:
        _refuse(" or ".join(names), found, f"a whole number from {least:,} to {most:,}")
    return int(found)


def small(said: Mapping[str, Any], name: str, default: float) -> float:
    """A number above 0 and at most 1; the default where none is said.  Raises `SpecError` for anything else."""
    found = default if said.get(name) is None else said[name]
    if isinstance(found, bool) or not isinstance(found, int | float) or not (math.isfinite(found) and 0 < found <= 1):
        _refuse(name, found, "a number above 0, and at most 1")
    return float(found)


def _refuse(name: str, found: object, wanted: str) -> NoReturn:
    raise SpecError(
        f"the model's files say {name} = {str(found)[:100]}, where {wanted} is wanted",
        todo="copy the model's folder anew, or choose another",
    )
