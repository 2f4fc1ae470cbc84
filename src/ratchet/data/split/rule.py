"""The rule by which rows get their side: what a spec asks for, and what was settled when the first rows came."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from ratchet.data.rowhash import hash_of
from ratchet.data.split.column import names_tune_rows
from ratchet.data.split.rows import SplitRows
from ratchet.data.split.time import cuts
from ratchet.kinds.kind import Kind
from ratchet.spec import Spec

Rule = Literal["hash", "group", "time", "column"]


@dataclass(frozen=True, kw_only=True, slots=True)
class SplitRule:
    """The rule by which rows get their side, frozen with the first version of a dataset.

    ``generation`` counts holdouts: a new one has a new salt.  ``cut`` and ``tune_cut`` are the moments from which rows
    are held out and tuned on (time rule); ``tune_from_train`` says that a split column names no rows to tune on, so
    that some are taken from train by hash.
    """

    rule: Rule
    column: str | None
    holdout: float
    tune: float
    seed: int
    near_duplicates: bool
    generation: int = 0
    cut: datetime | None = None
    tune_cut: datetime | None = None
    tune_from_train: bool = False

    @property
    def id(self) -> str:
        """What names the holdout: everything that its rows depend on.

        >>> SplitRule(rule="hash", column=None, holdout=0.2, tune=0.1, seed=0, near_duplicates=True).id
        'hash.s0.g0.h0.2.t0.1'
        """
        column = "" if self.column is None else f".c{hash_of(self.column.encode()) & 0xFFFFFFFF:08x}"
        cut = "" if self.cut is None else f".{self.cut.astimezone(UTC):%Y%m%dT%H%M%S}"
        kept = "" if self.near_duplicates else ".near"
        return f"{self.rule}{column}.s{self.seed}.g{self.generation}.h{self.holdout:g}.t{self.tune:g}{cut}{kept}"

    def follows(self, spec: Spec) -> bool:
        """Whether the rule is still what a spec asks for."""
        asked = _asked(spec)
        return asked == replace(self, generation=0, cut=None, tune_cut=None, tune_from_train=False)


def planned(spec: Spec, rows: SplitRows, *, generation: int = 0) -> SplitRule:
    """The rule for a dataset that begins with these rows.

    Raises `DataError` where a split column names no holdout or no training rows, or a time column has one moment only.
    """
    split = replace(_asked(spec), generation=generation)
    if split.rule == "time":
        assert rows.times is not None
        tune_cut, cut = cuts(rows.times, holdout=split.holdout, tune=split.tune, column=split.column)
        return replace(split, cut=cut, tune_cut=tune_cut)
    if split.rule == "column":
        assert rows.named is not None
        return replace(split, tune_from_train=not names_tune_rows(rows.named, split.column))
    return split


def _asked(spec: Spec) -> SplitRule:
    rules: dict[Kind, Rule] = {Kind.SPLIT: "column", Kind.GROUP: "group", Kind.TIME: "time"}
    column: str | None = None
    rule: Rule = "hash"
    for kind, each in reversed(rules.items()):
        if (name := spec.of_kind(kind)) is not None:
            column, rule = name, each
    return SplitRule(
        rule=rule,
        column=column,
        holdout=spec.split.holdout,
        tune=spec.split.tune,
        seed=spec.split.seed,
        near_duplicates=spec.split.near_duplicates,
    )
