"""Answers of a network by ONNX Runtime: many chunks in, one row each out.

Chunks are grouped by length, so a chunk's numbers do not depend on those beside it: each is padded to the next multiple
of eight tokens, whatever the others are, and products of matrices add up in the same order for one row and for many.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np

from ratchet.arrays import Floats32
from ratchet.errors import SpecError
from ratchet.features.huggingface import graph
from ratchet.features.huggingface.network import Network
from ratchet.platforms import cores

STEP = 8
"""Chunks are padded to a multiple of so many tokens."""
_AT_ONCE = 512
"""Tokens of one batch: of more, what lies between the layers fits no cache."""


class Answers:
    """A session over a network, opened when the first row is asked for.  Threads may share it."""

    def __init__(self, network: Network, *, pooling: graph.Pooling | None = None, padding: int = 0) -> None:
        self._network, self._pooling, self._padding = network, pooling, padding
        self._session: Any = None
        self._lock = Lock()

    def __call__(self, chunks: Sequence[Sequence[int]]) -> Floats32:
        """(chunks, outputs) of token numbers."""
        session, batches = self._opened(), list(_batches(chunks, self._network.shape.longest))
        threads = min(cores(), len(batches))
        if threads < 2:
            found = [self._run(session, chunks, each) for each in batches]
        else:
            with ThreadPoolExecutor(threads) as pool:
                found = list(pool.map(lambda each: self._run(session, chunks, each), batches))
        rows = np.empty((len(chunks), found[0].shape[1] if found else 0), dtype=np.float32)
        for batch, each in zip(batches, found, strict=True):
            rows[batch.chunks] = each
        return rows

    def _run(self, session: Any, chunks: Sequence[Sequence[int]], batch: _Batch) -> Floats32:
        ids = np.full((len(batch.chunks), batch.length), self._padding, dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, chunk in enumerate(batch.chunks):
            ids[row, : len(chunks[chunk])] = chunks[chunk]
            mask[row, : len(chunks[chunk])] = 1
        if ids.max() >= (words := len(self._network.arrays["words"])):
            raise SpecError(
                f"the model's tokenizer says token {ids.max()}, and its weights know {words}",
                todo="copy the model's folder anew: its files are of several models",
            )
        found: Floats32 = session.run(None, {"ids": ids, "mask": mask})[0]
        return found

    def _opened(self) -> Any:
        with self._lock:
            if self._session is None:
                self._session = _session(self._network, self._pooling)
            return self._session


@dataclass(frozen=True, slots=True)
class _Batch:
    chunks: list[int]
    length: int


def _batches(chunks: Sequence[Sequence[int]], longest: int) -> Iterator[_Batch]:
    """Chunks of one padded length, a few thousand tokens at once, short ones first."""
    by_length: dict[int, list[int]] = {}
    for number, chunk in enumerate(chunks):
        by_length.setdefault(min(-(-len(chunk) // STEP) * STEP, longest), []).append(number)
    for length, numbers in sorted(by_length.items()):
        at_once = max(_AT_ONCE // length, 1)
        for start in range(0, len(numbers), at_once):
            yield _Batch(numbers[start : start + at_once], length)


def _session(network: Network, pooling: graph.Pooling | None) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # batches run side by side instead
    options.log_severity_level = 3
    arrays = graph.outside(network.arrays)
    values = [onnxruntime.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(each)) for each in arrays.values()]
    options.add_external_initializers(list(arrays), values)
    content = graph.build(network, pooling=pooling)
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
