"""Values as JSON documents, and documents as values again: for the database, manifests, staged and stored files.

msgspec does the reading.  Two threads must not be the first to read a type at the same time: msgspec hands on what it
knows of a class before it knows all of it, and the second thread crashes the process.  So each type is looked through
here, by one thread, before any reads it; nothing else in the house gives msgspec a class of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any, NamedTuple, TypeVar

import msgspec
import numpy as np
from msgspec import inspect

T = TypeVar("T")

_looking = Lock()
_known: dict[Any, _Known] = {}


def plain(value: Any) -> Any:
    """The value (dataclasses, tuples, NumPy numbers in it) as JSON values; NaN and infinities become null.

    JSON has no word for "not a number", and PostgreSQL refuses one: null says that there is nothing to tell.

    >>> plain({"auc": float("nan"), "rows": np.int64(3), "classes": ("a", "b")})
    {'auc': None, 'rows': 3, 'classes': ['a', 'b']}
    """
    return msgspec.json.decode(msgspec.json.encode(value, enc_hook=_numpy))


def typed(value: Any, kind: type[T]) -> T:
    """The value of type ``kind`` that `plain` made JSON values of; null where a number belongs is NaN again.

    Raises `msgspec.ValidationError` where it is none.

    >>> typed({"low": None, "high": 1}, dict[str, float])
    {'low': nan, 'high': 1.0}
    """
    return msgspec.convert(_with_nan(value, _looked_through(kind).inside), kind)


def convert(value: Any, kind: type[T]) -> T:
    """The value of type ``kind`` that JSON values hold.  Raises `msgspec.ValidationError` where they hold none."""
    _looked_through(kind)
    return msgspec.convert(value, kind)


def read(content: bytes | memoryview, kind: type[T]) -> T:
    """The value of type ``kind`` in a JSON text.

    Raises `msgspec.DecodeError`, of which `ValidationError` is one: also where the text is nested too deeply to read.
    """
    return reader(kind)(content)


def reader(kind: type[T]) -> Callable[[bytes | memoryview], T]:
    """`read` for whoever reads many texts of one type; threads may share it."""
    decode = _looked_through(kind).decoder.decode

    def read(content: bytes | memoryview) -> T:
        try:
            found: T = decode(content)
        except RecursionError:
            raise msgspec.DecodeError("it is nested too deeply") from None
        return found

    return read


class _Known(NamedTuple):
    """A type that msgspec has looked through: what reads it, and what is inside."""

    decoder: msgspec.json.Decoder[Any]
    inside: inspect.Type


def _looked_through(kind: Any) -> _Known:
    with _looking:
        if kind not in _known:
            _known[kind] = _Known(msgspec.json.Decoder(kind), inspect.type_info(kind))
        return _known[kind]


def _with_nan(value: Any, kind: inspect.Type) -> Any:
    """The value with NaN for each null that stands in the place of a number."""
    match kind, value:
        case inspect.FloatType(), None:
            return float("nan")
        case inspect.DataclassType(), dict():
            kinds = {field.encode_name: field.type for field in kind.fields}
            return {name: _with_nan(each, kinds[name]) if name in kinds else each for name, each in value.items()}
        case inspect.DictType(), dict():
            return {name: _with_nan(each, kind.value_type) for name, each in value.items()}
        case inspect.VarTupleType(), list():
            return [_with_nan(each, kind.item_type) for each in value]
        case inspect.UnionType(), dict() | list():
            inner = next(each for each in kind.types if not isinstance(each, inspect.NoneType))
            return _with_nan(value, inner)
    return value


def _numpy(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    raise NotImplementedError(f"{type(value).__name__} is no JSON value")
