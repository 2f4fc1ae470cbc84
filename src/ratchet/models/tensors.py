"""Arrays in the safetensors format, written array by array and read as views: nothing is held in memory twice.

The format (github.com/huggingface/safetensors): eight bytes of length, a JSON header of that length, then the arrays'
bytes end to end.  Ours are ordered from wide types to narrow ones behind a padded header, so each is aligned.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from mmap import mmap
from typing import Any, Protocol

import numpy as np

from ratchet.arrays import Array
from ratchet.models import plain_json

_CODES = {
    "bool": "BOOL", "int8": "I8", "int16": "I16", "int32": "I32", "int64": "I64", "uint8": "U8", "uint16": "U16",
    "uint32": "U32", "uint64": "U64", "float16": "F16", "float32": "F32", "float64": "F64",
}  # fmt: skip
_TYPES = {code: np.dtype(name).newbyteorder("<") for name, code in _CODES.items()}
_LONGEST_HEADER = 100_000_000
_ALIGNED = 8


class Out(Protocol):
    """Where bytes go."""

    def write(self, content: Any, /) -> object: ...


def holds(array: Array) -> bool:
    """Whether the format has a word for such an array; objects, texts and dates it has none for."""
    return array.dtype.name in _CODES


def write(out: Out, arrays: Mapping[str, Array]) -> None:
    """Write arrays, one after the other."""
    ordered = sorted(arrays.items(), key=lambda each: (-each[1].dtype.itemsize, each[0]))
    entries, at = {}, 0
    for name, array in ordered:
        offsets = [at, at := at + array.nbytes]
        entries[name] = {"dtype": _CODES[array.dtype.name], "shape": list(array.shape), "data_offsets": offsets}
    header = json.dumps(entries, ensure_ascii=False, separators=(",", ":")).encode()
    header += b" " * (-len(header) % _ALIGNED)
    out.write(len(header).to_bytes(8, "little"))
    out.write(header)
    for _, array in ordered:
        little = np.asarray(array, order="C", dtype=array.dtype.newbyteorder("<"))
        if little.size:
            out.write(little.reshape(-1).view(np.uint8).data)


def views(content: bytes | mmap) -> dict[str, Array]:
    """The arrays in the bytes of such a file, as read-only views of those bytes.

    Raises `ValueError` where the bytes are no such file, or hold a type that NumPy has not (bfloat16).
    """
    length = int.from_bytes(content[:8], "little")
    if len(content) < 8 or length > min(_LONGEST_HEADER, len(content) - 8):
        raise ValueError("it has no safetensors header")
    entries = plain_json.read(content[8 : 8 + length])
    entries.pop("__metadata__", None)
    data = memoryview(content).toreadonly()[8 + length :]
    return {name: _view(data, name, *_entry(name, entry)) for name, entry in entries.items()}


def _entry(name: str, told: Any) -> tuple[str, list[int], int, int]:
    """What the header says of an array: its type, its shape, and where its bytes begin and end."""
    match told:
        case {"dtype": str(dtype), "shape": list(shape), "data_offsets": [start, stop]}:
            if all(type(each) is int for each in (*shape, start, stop)):
                return dtype, shape, start, stop
    raise ValueError(f"the array {name} is described as no array is")


def _view(data: memoryview, name: str, dtype: str, shape: list[int], start: int, stop: int) -> Array:
    kind = _TYPES.get(dtype)
    if kind is None:
        raise ValueError(f"the array {name} is of type {dtype}, which NumPy has not")
    if min(shape, default=0) < 0 or not 0 <= start <= stop <= len(data):
        raise ValueError(f"the array {name} lies outside the file")
    if stop - start != math.prod(shape) * kind.itemsize:
        raise ValueError(f"the array {name} has {stop - start} bytes, which its shape does not")
    found = np.frombuffer(data[start:stop], dtype=kind).reshape(shape)
    found.setflags(write=False)
    return found
