"""What a model's folder holds: its configuration, its weights from safetensors, its tokenizer.  Never a pickle."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ratchet.arrays import Array
from ratchet.errors import SpecError
from ratchet.features.huggingface.finding import find

_TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I8": "i1", "U8": "u1", "BOOL": "?"}
_BESIDE = ("*.json", "*.txt", "*.model")
"""What may be read of a folder beside its weights."""
_SHOWN = 200
"""Letters of what was found that are shown."""
_ANEW, _SAVED = "copy the model's folder anew", "give a folder as save_pretrained() writes it"
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt")


@dataclass(frozen=True)
class Folder:
    """A model on disk.  ``name`` is what it was asked for by."""

    name: str
    path: Path

    @classmethod
    def of(cls, model: str) -> Folder:
        """The folder of a model named by path or id; raises `SpecError` where there is none, or it is no model."""
        made = cls(model, find(model))
        made.config  # noqa: B018  # it is read, and refused, here
        return made

    @cached_property
    def config(self) -> Mapping[str, Any]:
        """``config.json``; raises `SpecError` where it is not there or no JSON."""
        found = self.settings("config.json")
        if found is None:
            raise SpecError(f"{self.path} has no config.json", todo=_SAVED)
        return found

    def settings(self, name: str) -> Mapping[str, Any] | None:
        """The JSON object in a file of the folder, None where it is not there; raises `SpecError`."""
        found = self.json(name)
        if found is not None and not isinstance(found, dict):
            raise SpecError(f"{self.path / name} holds {_shown(found)} and no settings by name", todo=_ANEW)
        return found

    def json(self, name: str) -> Any:
        """The content of a JSON file in the folder, None where it is not there; raises `SpecError`."""
        path = self.path / name
        with _read(path):
            if not path.is_file():
                return None
            return json.loads(path.read_bytes())

    @property
    def labels(self) -> list[str]:
        """What each output of its head is called, in their order; raises `SpecError` where that is no list of names."""
        said = self.config.get("id2label") or {}
        numbered = isinstance(said, dict) and set(said) == {str(number) for number in range(len(said))}
        if not numbered or not all(isinstance(each, str | int | float) for each in said.values()):
            raise SpecError(
                f"{self.path / 'config.json'} does not number its labels: id2label is {_shown(said)}",
                todo='name every output of the model there, as in {"0": "no", "1": "yes"}',
            )
        return [str(said[str(number)]) for number in range(len(said))]

    def weights(self) -> dict[str, Array]:
        """Every array by its name, floats as float32; raises `SpecError` where there are only pickles, or nothing."""
        found: dict[str, Array] = {}
        for path in self.files:
            found |= read(path)
        return found

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """The safetensors files: those of the index where there is one."""
        paths = tuple(self.path / name for name in self._names())
        if all(map(_is_file, paths)):
            return paths
        pickles = [path.name for pattern in _PICKLES for path in sorted(self.path.glob(pattern))]
        if pickles:
            raise SpecError(
                f"{self.path} keeps its weights as a pickle ({pickles[0]}), which can run code as it is opened",
                todo="open it once where you trust it, with transformers, and save_pretrained(), which writes "
                "model.safetensors; then give that folder",
            )
        missing = ", ".join(path.name for path in paths if not _is_file(path))
        raise SpecError(f"{self.path} has no {missing[:_SHOWN]}", todo=_SAVED)

    def _names(self) -> list[str]:
        index = self.settings("model.safetensors.index.json")
        if index is None:
            return ["model.safetensors"]
        places = index.get("weight_map")
        if not isinstance(places, dict) or not places or not all(isinstance(each, str) for each in places.values()):
            raise SpecError(
                f"{self.path}: model.safetensors.index.json does not say which file holds which weights: "
                f"its weight_map is {_shown(places)}",
                todo=_ANEW,
            )
        return sorted({Path(name).name for name in places.values()})

    @cached_property
    def sha256(self) -> str:
        """What names the weights: the sha256 of the file, or of the sums of several."""
        sums = [_sha256(path) for path in self.files]
        return sums[0] if len(sums) == 1 else hashlib.sha256("".join(sums).encode()).hexdigest()

    @cached_property
    def content(self) -> str:
        """What names all that is read of the folder: the weights, the configuration with its labels, the tokenizer, and
        how texts are cut and pooled.
        """
        with _read(self.path):
            beside = {path for pattern in _BESIDE for path in self.path.glob(pattern)}
            beside |= {self.path / step / "config.json" for step in self.steps.values()}
            there = sorted(path for path in beside if path.is_file())
        named = [(path.relative_to(self.path).as_posix(), _sha256(path)) for path in there]
        return hashlib.sha256(json.dumps([self.sha256, named]).encode()).hexdigest()

    @cached_property
    def steps(self) -> Mapping[str, str]:
        """What sentence-transformers does with a text: a step's type, and the folder of its settings."""
        modules = self.json("modules.json")
        if modules in (None, []):
            return {"Transformer": ""}
        steps = {}
        for each in modules if isinstance(modules, list) else [modules]:
            kind, path = (each.get("type"), each.get("path")) if isinstance(each, dict) else (None, None)
            if not isinstance(kind, str) or not isinstance(path, str) or Path(path).is_absolute() or ".." in path:
                raise SpecError(f"{self.path / 'modules.json'} names a step that is none: {_shown(each)}", todo=_ANEW)
            steps[kind.rpartition(".")[2]] = path
        return steps


@contextmanager
def _read(path: Path) -> Iterator[None]:
    """What cannot be read, in words."""
    try:
        yield
    except (ValueError, RecursionError) as error:
        raise SpecError(f"{path} is no JSON: {error or 'too deep'}", todo=_ANEW) from None
    except OSError as error:
        raise SpecError(f"{path} cannot be read: {error.strerror or error}", todo=_ANEW) from None


def _is_file(path: Path) -> bool:
    with _read(path):
        return path.is_file()


def _shown(value: object) -> str:
    shown = type(value).__name__ if isinstance(value, list | dict) and len(value) > 9 else repr(value)
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]} ..."


def _sha256(path: Path) -> str:
    with _read(path), path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def read(path: Path) -> dict[str, Array]:
    """The arrays of a safetensors file, floats of every width as float32; raises `SpecError` where it is damaged.

    NumPy has no bfloat16: its bits are the upper half of a float32's, so 0x3F80 is read as 0x3F800000, which is 1.
    """
    from safetensors import SafetensorError, deserialize

    try:
        with _read(path):
            entries = deserialize(path.read_bytes())  # type: ignore[no-untyped-call]
    except SafetensorError as error:
        raise SpecError(f"{path} cannot be read: {error}", todo=_ANEW) from None
    return {name: _array(entry) for name, entry in entries}


def _array(entry: Mapping[str, Any]) -> Array:
    kind, raw = entry["dtype"], entry["data"]
    if 0 in entry["shape"]:
        raise SpecError(f"weights of shape {entry['shape']} hold nothing", todo=_ANEW)
    if kind == "BF16":
        found: Array = (np.frombuffer(raw, "<u2").astype(np.uint32) << 16).view(np.float32)
    elif kind in _TYPES:
        found = np.frombuffer(raw, _TYPES[kind])
    else:
        raise SpecError(f"weights of type {kind} cannot be read", todo="save the model as float32, float16 or bfloat16")
    floats = found.dtype.kind == "f"
    return (found.astype(np.float32) if floats else found).reshape(entry["shape"])
