"""Texts to probabilities by the ``model.onnx`` beside this file; needs numpy, onnxruntime and tokenizers, nothing else.

What is read of a text, and how it is cut into chunks, stands in ``schema.json`` under ``texts``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt


class Texts:
    """The graph in a folder with its tokenizer."""

    def __init__(self, folder: str | Path) -> None:
        from onnxruntime import InferenceSession
        from tokenizers import Tokenizer

        schema = json.loads((Path(folder) / "schema.json").read_text("utf-8"))
        self.classes: list[str] = schema["classes"]
        self._said: dict[str, Any] = schema["texts"]
        self._tokenizer = Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
        self._session = InferenceSession(str(Path(folder) / "model.onnx"), providers=["CPUExecutionProvider"])

    def predict(self, rows: Sequence[Mapping[str, Any]]) -> tuple[list[str], npt.NDArray[np.float64]]:
        """The label of each row (column -> text, None where it is missing), and (rows, classes) probabilities."""
        found = [self._session.run(["label", "probabilities"], self.inputs(row)) for row in rows]
        probabilities = [np.zeros((0, len(self.classes))), *(each for _, each in found)]
        return [str(label[0]) for label, _ in found], np.concatenate(probabilities)

    def inputs(self, row: Mapping[str, Any]) -> dict[str, npt.NDArray[np.int64]]:
        """One row as the graph takes it."""
        chunks, step = self._chunks(row), self._said["step"]
        length = min(-(-max(map(len, chunks)) // step) * step, self._said["longest"])
        ids = np.full((len(chunks), length), self._said["padding"], dtype=np.int64)
        mask = np.zeros_like(ids)
        for at, chunk in enumerate(chunks):
            ids[at, : len(chunk)] = chunk
            mask[at, : len(chunk)] = 1
        return {"ids": ids, "mask": mask, "text": np.zeros(len(chunks), dtype=np.int64)}

    def _chunks(self, row: Mapping[str, Any]) -> list[list[int]]:
        """The text of a row in chunks of nearly one length, each between the special tokens."""
        said = self._said
        text = "\n".join(row[name] for name in said["columns"] if row.get(name))[: said["letters"]]
        inside = max(said["room"] - len(said["before"]) - len(said["behind"]), 1)
        ids = self._tokenizer.encode(text, add_special_tokens=False).ids[: inside * said["most"]]
        parts = max(-(-len(ids) // inside), 1)
        bounds = [-(-len(ids) * number // parts) for number in range(parts + 1)]
        return [[*said["before"], *ids[start:stop], *said["behind"]] for start, stop in pairwise(bounds)]
