"""What a training found out beside its best model: what the model rests on, and which settings mattered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ratchet.statistics.measured import Measured


@dataclass(frozen=True, kw_only=True, slots=True)
class SettingShare:
    """How much of the difference between the trials of a family one setting, by itself, accounts for."""

    family: str
    setting: str
    share: float
    """0 to 1; what is left to one is what settings do together, and noise."""
    trials: int
    """What it was estimated from."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnImportance:
    """What the metric loses when a column is shuffled among rows that were not learned from (Breiman 2001, section 10).

    Of columns that say the same, each seems to matter little: the model reads the other.
    """

    column: str
    loss: Measured


@dataclass(frozen=True, kw_only=True, slots=True)
class Importance:
    """The columns, the one that matters most first, by a model of the chosen recipe."""

    metric: str
    learned: int
    """Rows that model has learned from."""
    columns: tuple[ColumnImportance, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Weight:
    """An output of the encoders, such as ``text has 'mentor'``, and its weight for a class."""

    name: str
    weight: float


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassWeights:
    """The strongest weights of a linear model for and against a class, exactly as it has them."""

    speaks_for: tuple[Weight, ...]
    speaks_against: tuple[Weight, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Explained:
    """All of it; parts that were not, or cannot be, found out are empty."""

    settings: tuple[SettingShare, ...] = ()
    importance: Importance | None = None
    weights: Mapping[str, ClassWeights] | None = None
    """class -> its weights; of a linear model only."""
    notes: tuple[str, ...] = ()
    """Why a part is missing, in sentences."""
