"""The rule by which rows get their side: what a spec asks for, and what was settled when the first rows came."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
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

    ``draw`` counts how often the sides were drawn anew, by a new salt: a changed rule does that.  ``generation`` counts
    the holdouts, over all draws: as one was asked, its rows retire to training and those never asked are the next, so
    no row is ever held out that was learned from in the same draw.  ``cut`` and ``tune_cut`` are the moments from which
    rows are held out and tuned on (time rule), which later rows move forward; ``tune_from_train`` says that a split
    column names no rows to tune on, so that some are taken from train by hash.
    """

    rule: Rule
    column: str | None
    holdout: float
    tune: float
    seed: int
    near_duplicates: bool
    draw: int = 0
    generation: int = 0
    cut: datetime | None = None
    tune_cut: datetime | None = None
    tune_from_train: bool = False

    @property
    def id(self) -> str:
        """What names the holdout, which grows: its draw and generation.

        >>> SplitRule(rule="hash", column=None, holdout=0.2, tune=0.1, seed=0, near_duplicates=True).id
        'hash.s0.h0.2.t0.1.d0.g0'
        """
        return f"{self.draw_id}.g{self.generation}"

    @property
    def draw_id(self) -> str:
        """What names the draw: a model learned from its training rows has seen no row of its later holdouts."""
        column = "" if self.column is None else f".c{hash_of(self.column.encode()) & 0xFFFFFFFF:08x}"
        kept = "" if self.near_duplicates else ".near"
        return f"{self.rule}{column}.s{self.seed}.h{self.holdout:g}.t{self.tune:g}{kept}.d{self.draw}"

    def follows(self, spec: Spec) -> bool:
        """Whether the rule is still what a spec asks for."""
        asked = _asked(spec)
        return asked == replace(self, draw=0, generation=0, cut=None, tune_cut=None, tune_from_train=False)


def planned(spec: Spec, rows: SplitRows, *, draw: int = 0, generation: int = 0) -> SplitRule:
    """The rule for a dataset that begins with these rows.

    Raises `DataError` where a split column names no holdout or no training rows, or a time column has one moment only.
    """
    split = replace(_asked(spec), draw=draw, generation=generation)
    if split.rule == "time":
        tune_cut, cut = _cuts(split, rows)
        return replace(split, cut=cut, tune_cut=tune_cut)
    if split.rule == "column":
        assert rows.named is not None
        return replace(split, tune_from_train=not names_tune_rows(rows.named, split.column))
    return split


def advanced(split: SplitRule, rows: SplitRows) -> SplitRule:
    """The rule after rows have joined: under the time rule the cuts move forward, never back, to the newest share."""
    if split.rule != "time" or split.cut is None or split.tune_cut is None:
        return split
    tune_cut, cut = _cuts(split, rows)
    return replace(split, cut=max(split.cut, cut), tune_cut=max(split.tune_cut, tune_cut))


def _cuts(split: SplitRule, rows: SplitRows) -> tuple[datetime, datetime]:
    """The cuts by the rows that may be held out: behind a cut by chosen rows, too, there might be none of those."""
    assert rows.times is not None
    times = rows.times if rows.chosen.all() else rows.times[~rows.chosen]
    return cuts(times, holdout=split.holdout, tune=split.tune, column=split.column)


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
