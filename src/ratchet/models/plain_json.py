"""JSON read by the standard library alone, so that what opens a model needs nothing but NumPy."""

from __future__ import annotations

import json
from mmap import mmap
from typing import Any, NoReturn


def read(content: bytes | memoryview | mmap) -> dict[str, Any]:
    """The object in a JSON text; raises `ValueError` where it is none, says NaN, or is nested too deeply to read.

    >>> read(b'{"rounds": 133}')
    {'rounds': 133}
    """
    try:
        found = json.loads(bytes(content), parse_constant=_refused)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(found, dict):
        raise ValueError("it is no JSON object")
    return found


def _refused(word: str) -> NoReturn:
    raise ValueError(f"it says {word}, which is no JSON")
