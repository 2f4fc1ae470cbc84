"""What a training is given to fit again, and what it hands on."""

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


@dataclass(frozen=True, kw_only=True, slots=True)
class Again:
    """A recipe to be fitted to other rows, without a search."""

    recipe: Recipe
    version: str
    """The number of the version that was made by it."""

    @property
    def rule(self) -> str:
        """By which rule it is chosen."""
        return f"the recipe of version {self.version}, as asked; nothing was searched"
