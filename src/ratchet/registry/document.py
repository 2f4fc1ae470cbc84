"""Values as JSON documents, for the database and for manifests."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np


def plain(value: Any) -> Any:
    """The value (dataclasses, tuples, NumPy numbers in it) as JSON values; NaN and infinities become null.

    JSON has no word for "not a number", and PostgreSQL refuses one: null says that there is nothing to tell.

    >>> plain({"auc": float("nan"), "rows": np.int64(3), "classes": ("a", "b")})
    {'auc': None, 'rows': 3, 'classes': ['a', 'b']}
    """
    return msgspec.json.decode(msgspec.json.encode(value, enc_hook=_numpy))


def _numpy(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise NotImplementedError(f"{type(value).__name__} is no JSON value")
