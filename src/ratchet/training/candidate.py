"""A finished candidate: what a training hands on."""

from __future__ import annotations

from dataclasses import dataclass

from ratchet.models.pipeline import Pipeline
from ratchet.models.recipe import Recipe
from ratchet.training.trial import OutOfFold


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A pipeline fitted to all rows there are to learn from, and the recipe it was made by."""

    recipe: Recipe
    pipeline: Pipeline
    search_score: float
    """The metric on rows that were left out of learning; a little flattering, as the best of many was chosen by it."""
    out_of_fold: OutOfFold
