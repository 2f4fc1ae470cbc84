"""What a model's folder holds: its configuration, its weights from safetensors, its tokenizer.  Never a pickle."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
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
        found = self.json("config.json")
        if found is None:
            raise SpecError(f"{self.path} has no config.json", todo="give a folder as save_pretrained() writes it")
        return dict(found)

    def json(self, name: str) -> Any:
        """The content of a JSON file in the folder, None where it is not there; raises `SpecError`."""
        path = self.path / name
        if not path.is_file():
            return None
        try:
            return json.loads(path.read_bytes())
        except ValueError as error:
            raise SpecError(f"{path} is no JSON: {error}", todo="copy the model's folder anew") from None

    def weights(self) -> dict[str, Array]:
        """Every array by its name, floats as float32; raises `SpecError` where there are only pickles, or nothing."""
        found: dict[str, Array] = {}
        for path in self.files:
            found |= read(path)
        return found

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """The safetensors files: those of the index where there is one."""
        index = self.json("model.safetensors.index.json")
        names = sorted(set(index["weight_map"].values())) if index else ["model.safetensors"]
        paths = tuple(self.path / Path(name).name for name in names)
        if all(path.is_file() for path in paths):
            return paths
        pickles = [path.name for pattern in _PICKLES for path in sorted(self.path.glob(pattern))]
        if pickles:
            raise SpecError(
                f"{self.path} keeps its weights as a pickle ({pickles[0]}), which can run code as it is opened",
                todo="open it once where you trust it, with transformers, and save_pretrained(), which writes "
                "model.safetensors; then give that folder",
            )
        missing = ", ".join(path.name for path in paths if not path.is_file())
        raise SpecError(f"{self.path} has no {missing}", todo="give a folder as save_pretrained() writes it")

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
        beside = {path for pattern in _BESIDE for path in self.path.glob(pattern)}
        beside |= {self.path / step / "config.json" for step in self.steps.values()}
        named = [(path.relative_to(self.path).as_posix(), _sha256(path)) for path in sorted(beside) if path.is_file()]
        return hashlib.sha256(json.dumps([self.sha256, named]).encode()).hexdigest()

    @cached_property
    def steps(self) -> Mapping[str, str]:
        """What sentence-transformers does with a text: a step's type, and the folder of its settings."""
        modules = self.json("modules.json") or [{"path": "", "type": "Transformer"}]
        return {str(each["type"]).rpartition(".")[2]: str(each["path"]) for each in modules}


def _sha256(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def read(path: Path) -> dict[str, Array]:
    """The arrays of a safetensors file, floats of every width as float32; raises `SpecError` where it is damaged.

    NumPy has no bfloat16: its bits are the upper half of a float32's, so 0x3F80 is read as 0x3F800000, which is 1.
    """
    from safetensors import SafetensorError, deserialize

    try:
        entries = deserialize(path.read_bytes())  # type: ignore[no-untyped-call]
    except SafetensorError as error:
        raise SpecError(f"{path} cannot be read: {error}", todo="copy the model's folder anew") from None
    return {name: _array(entry) for name, entry in entries}


def _array(entry: Mapping[str, Any]) -> Array:
    kind, raw = entry["dtype"], entry["data"]
    if kind == "BF16":
        found: Array = (np.frombuffer(raw, "<u2").astype(np.uint32) << 16).view(np.float32)
    elif kind in _TYPES:
        found = np.frombuffer(raw, _TYPES[kind])
    else:
        raise SpecError(f"weights of type {kind} cannot be read", todo="save the model as float32, float16 or bfloat16")
    floats = found.dtype.kind == "f"
    return (found.astype(np.float32) if floats else found).reshape(entry["shape"])
