"""The ways of learning that compete for a table, and for its texts their meaning, where a model for that is at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec

import polars as pl

from ratchet.drafting.guess import Guess
from ratchet.features.huggingface.finding import at_hand
from ratchet.features.sentences import Sentences
from ratchet.kinds.kind import Kind
from ratchet.platforms import cores
from ratchet.spec import CandidateSpec, Search, Split
from ratchet.training.folds import LARGE

OF_TEXTS = ("linear.v1", "network.v1", "ensemble.v1")
OF_TABLES = ("linear.v1", "boosted.v1", "forest.v1", "ensemble.v1")
OF_LARGE_TABLES = ("linear.v1", "boosted.v1")
"""Deep trees, and several models that answer together, take many times as long where rows are many."""
MODEL = "sentence-transformers/all-MiniLM-L6-v2"
_NEEDS = ("onnx", "onnxruntime", "tokenizers")
_SHARE = 0.5
"""The share of the budget that embedding may take."""


def candidates(guesses: Mapping[str, Guess], frame: pl.DataFrame, step: int) -> tuple[CandidateSpec, ...]:
    """Those for columns of these kinds; ``frame`` is every ``step``-th row of the table.

    Texts are embedded only where nothing has to be fetched, and within half of the search's time.
    """
    kinds = {guess.kind for guess in guesses.values() if guess.kind.is_feature and not guess.idle}
    of_tables = OF_LARGE_TABLES if is_large(frame.height * step) else OF_TABLES
    plain = [CandidateSpec(family=family) for family in (OF_TEXTS if kinds == {Kind.TEXT} else of_tables)]
    texts = [name for name, guess in guesses.items() if guess.kind is Kind.TEXT and not guess.idle]
    if texts and _in_time(frame.select(texts), step) and all(map(find_spec, _NEEDS)) and at_hand(MODEL):
        embedded = CandidateSpec(family="linear.v1", encoders={"text": f"sentences.v1:{MODEL}"})
        plain.insert(1, embedded)
    return tuple(plain)


def search(made: Sequence[CandidateSpec], rows: int) -> Search:
    """How the best of these is looked for: on a large table each has its defaults only."""
    return Search(trials=len(made)) if is_large(rows) else Search()


def is_large(rows: int) -> bool:
    """Whether a table of so many rows has more to learn from than a search learns from (`ratchet.training.folds`)."""
    return rows * (1 - Split().holdout) > LARGE


def _in_time(texts: pl.DataFrame, step: int) -> bool:
    characters = sum(int(column.cast(pl.String).str.len_chars().sum()) for column in texts) * step
    learned = characters * (1 - Split().holdout)
    return learned / (Sentences.pace * cores()) <= _SHARE * Search().budget
