"""A part of a bundle: the State of an encoder, a model or prediction sets, as files and back.

JSON values go to ``encoder.json``, arrays to ``encoder.safetensors``, each text to a file of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
from safetensors import SafetensorError
from safetensors import numpy as safetensors

from ratchet.errors import BundleError
from ratchet.features.encoder import State
from ratchet.registry.manifest import ASK_ANEW, Part

_DTYPES = frozenset(
    {"bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64"}
)


def to_files(each: str, type_name: str, state: State) -> tuple[Part, dict[str, bytes]]:
    """The part named ``each`` ("encoder", "model" ...) and its files by name.

    Raises `BundleError` where the state holds what cannot be written and read back as it is: NaN or keys that are no
    texts among the JSON values, arrays of objects or of texts.
    """
    files = {f"{each}.json": _json(each, state.meta)}
    arrays = f"{each}.safetensors" if state.arrays else None
    if arrays:
        files[arrays] = safetensors.save(
            {name: _array(each, name, array) for name, array in sorted(state.arrays.items())}
        )
    texts = {}
    for at, (name, text) in enumerate(sorted(state.texts.items())):
        texts[name] = f"{each}-{at}-{re.sub(r'[^A-Za-z0-9]+', '-', name).strip('-')[-60:]}.txt"
        files[texts[name]] = text.encode()
    return Part(type=type_name, meta=f"{each}.json", arrays=arrays, texts=texts), files


def to_state(part: Part, files: Mapping[str, bytes]) -> State:
    """The state in files that `to_files` made.  Arrays are read-only: a model that answers is not written to.

    Raises `BundleError` where a file is not what its name says.
    """
    name = part.meta
    try:
        meta = msgspec.json.decode(files[name], type=dict[str, Any])
        name = part.arrays or name
        arrays = safetensors.load(files[name]) if part.arrays else {}
        texts = {each: files[name := file].decode() for each, file in part.texts.items()}
    except (msgspec.DecodeError, SafetensorError, UnicodeDecodeError, KeyError, ValueError) as error:
        raise BundleError(f"{name} cannot be read: {error}", todo=ASK_ANEW) from None
    for array in arrays.values():
        array.setflags(write=False)
    return State(meta=meta, arrays=arrays, texts=texts)


def _json(each: str, meta: Mapping[str, Any]) -> bytes:
    try:
        content = json.dumps(dict(meta), allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()
    except (TypeError, ValueError) as error:
        raise BundleError(f"the {each}'s state cannot be written as JSON: {error}", todo=_PLUG_IN) from None
    if msgspec.json.decode(content) != _listed(meta):
        raise BundleError(f"the {each}'s state does not come back from JSON as it was", todo=_PLUG_IN)
    return content


def _listed(value: Any) -> Any:
    """The value with tuples as lists, which is what JSON makes of them."""
    if isinstance(value, Mapping):
        return {key: _listed(each) for key, each in value.items()}
    return [_listed(each) for each in value] if isinstance(value, list | tuple) else value


def _array(each: str, name: str, array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if array.dtype.name not in _DTYPES:
        raise BundleError(f"the {each}'s array {name} is of {array.dtype}, which no bundle holds", todo=_PLUG_IN)
    return np.asarray(array, order="C", dtype=array.dtype.newbyteorder("<"))


_PLUG_IN = "a mistake of the encoder or family: its state() holds JSON values, arrays of numbers, and texts only"
