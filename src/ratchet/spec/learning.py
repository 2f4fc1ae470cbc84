"""What is learned: the rows that are good enough, the rows held out, the candidates, and the search among them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from ratchet.kinds.kind import FEATURES, Kind
from ratchet.spec.section import Duration, Fraction, Section

ACCEPTABLE = (
    "boilerplate",
    "class_names",
    "conflicting_labels",
    "constant_columns",
    "dominating_class",
    "drift",
    "empty_columns",
    "empty_texts",
    "encoding",
    "future_values",
    "gap",
    "id_columns",
    "label_errors",
    "label_in_words",
    "labelled_by_rule",
    "leakage",
    "mixed_columns",
    "near_duplicates",
    "order",
    "pictures",
    "repeated_rows",
    "serial_labels",
    "shifting_columns",
    "small_classes",
    "unread_columns",
)
"""What ``ingest.accept`` may name: the checks, and ``gap``, that between what the search saw and the holdout says."""


class Ingest(Section):
    """Which rows are good enough to learn from."""

    max_bad: Fraction = 0.05
    """The share of rows that may be set aside as unreadable before an ingest is refused."""
    max_classes: int = Field(default=1_000, ge=2)
    """More different labels than this look like an id or a number, and are refused."""
    max_cell: int = Field(default=10_000_000, ge=1)
    """The longest text of one cell, in characters; rows with a longer one are set aside."""
    accept: tuple[str, ...] = ()
    """Checks whose errors are accepted, as `leakage`, or `leakage:COLUMN` for one column; an error of another check
    stops promotion.  `gap`: that of a search which saw more than the holdout."""

    @field_validator("accept")
    @classmethod
    def _names_checks(cls, accept: tuple[str, ...]) -> tuple[str, ...]:
        for each in accept:
            if each.partition(":")[0] not in ACCEPTABLE:
                raise ValueError(f"CHECK or CHECK:COLUMN, where CHECK is one of {', '.join(ACCEPTABLE)}")
        return accept


class Split(Section):
    """Which rows are held out.  Frozen: changing it after the first ingest starts a new holdout."""

    holdout: Fraction = 0.2
    """The share of rows held out: no search, early stopping or calibration ever sees them."""
    tune: Fraction = 0.1
    """The share of rows that larger tables tune on; smaller ones are cross-validated."""
    seed: int = 0
    """Which rows fall where; another seed gives another split."""
    near_duplicates: bool = True
    """Keep near-duplicates of holdout rows out of training."""
    shifting: Literal["leave_out", "refuse", "keep"] = "leave_out"
    """What becomes of a column that tells the rows to learn from from those held out, as a running number does where
    the newest rows are held out: no model reads it, nothing is trained, or it is kept.  Each way it is said."""

    @model_validator(mode="after")
    def _leaves_rows_to_train(self) -> Self:
        if self.holdout + self.tune >= 0.9:
            raise ValueError("holdout + tune below 0.9, so that rows are left to train on")
        return self


class CandidateSpec(Section):
    """One way of learning that competes, and what is fixed about it."""

    family: str
    """One of the families below, or of an installed package."""
    params: dict[str, Any] = Field(default_factory=dict)
    """Parameters that are fixed; the others are searched."""
    encoders: dict[str, str] = Field(default_factory=dict)
    """The encoder, such as `ngrams.v2`, of a column or of all columns of a kind; others have the family's own."""

    def encoders_of(self, columns: Mapping[str, Kind]) -> dict[str, str]:
        """The encoder of each of these columns that the spec names one for.

        A key that is a column's name stands for that column alone, even where a kind is called so too.
        """
        found = {}
        for name, kind in columns.items():
            key = name if name in self.encoders else kind.value
            if key in self.encoders and (key == name or key not in columns):
                found[name] = self.encoders[key]
        return found

    def strangers(self, columns: Mapping[str, Kind]) -> list[str]:
        """The keys of ``encoders`` that are neither one of the columns, as a feature, nor a kind of features."""
        known = {name for name, kind in columns.items() if kind.is_feature} | (set(FEATURES) - columns.keys())
        return sorted(self.encoders.keys() - known)


class Search(Section):
    """How the best settings of each family are looked for."""

    method: Literal["grid", "random", "bayes"] = "bayes"
    """How settings are proposed; `bayes` is Optuna's TPE."""
    trials: int = Field(default=20, ge=1)
    """How many settings are tried, over all families; if more than one each, other ways of encoding come besides."""
    folds: int = Field(default=5, ge=2, le=20)
    """Folds of the cross-validation, where the table is small enough for one; fewer than 2,000 rows to learn from are
    cut into so many 3 times over: 5 make 15.  More than 20 would tell no more.
    """
    budget: Duration = 180.0
    """The time a search may take; trials still running then are killed, and the best so far is kept."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where networks learn; `auto` is a GPU where there is one.  Answers come from the CPU."""
    memory_mb: int = Field(default=8_000, ge=256)
    """The memory one trial may take; a trial that takes more is killed."""
