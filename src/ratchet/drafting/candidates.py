"""The ways of learning that compete for a table, and for its texts their meaning, where a model for that is at hand."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec

import polars as pl

from ratchet.drafting.guess import Guess
from ratchet.features.huggingface.finding import at_hand
from ratchet.features.sentences import Sentences
from ratchet.kinds.kind import Kind
from ratchet.platforms import cores
from ratchet.spec import CandidateSpec, Search

OF_TEXTS = ("linear.v1", "network.v1", "ensemble.v1")
OF_TABLES = ("linear.v1", "boosted.v1", "forest.v1", "ensemble.v1")
MODEL = "sentence-transformers/all-MiniLM-L6-v2"
_NEEDS = ("onnx", "onnxruntime", "tokenizers")
_SHARE = 0.5
"""The share of the budget that embedding may take."""


def candidates(guesses: Mapping[str, Guess], frame: pl.DataFrame, step: int) -> tuple[CandidateSpec, ...]:
    """Those for columns of these kinds; ``frame`` is every ``step``-th row of the table.

    Texts are embedded only where nothing has to be fetched, and within half of the search's time.
    """
    kinds = {guess.kind for guess in guesses.values() if guess.kind.is_feature and not guess.idle}
    plain = [CandidateSpec(family=family) for family in (OF_TEXTS if kinds == {Kind.TEXT} else OF_TABLES)]
    texts = [name for name, guess in guesses.items() if guess.kind is Kind.TEXT and not guess.idle]
    if texts and _in_time(frame.select(texts), step) and all(map(find_spec, _NEEDS)) and at_hand(MODEL):
        embedded = CandidateSpec(family="linear.v1", encoders={"text": f"sentences.v1:{MODEL}"})
        plain.insert(1, embedded)
    return tuple(plain)


def _in_time(texts: pl.DataFrame, step: int) -> bool:
    characters = sum(int(column.cast(pl.String).str.len_chars().sum()) for column in texts) * step
    return characters / (Sentences.pace * cores()) <= _SHARE * Search().budget
