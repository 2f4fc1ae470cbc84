"""Prediction sets as the spec asks for them, from out-of-fold answers, with units."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ratchet.engine.inline import InlineEngine
from ratchet.models import conformal
from ratchet.models.conformal import Conformal
from ratchet.spec import Spec
from ratchet.training import session
from ratchet.training.finish import Finished, finish
from ratchet.training.task import TrainingRows
from ratchet.training.train import Candidate, train
from tests.training.test_train import rows_of, spec_of


@pytest.fixture(scope="module")
def best(tmp_path_factory: pytest.TempPathFactory) -> Candidate:
    with session.opened(tmp_path_factory.mktemp("finish") / "cache") as own:
        return train(spec_of(), rows_of(), engine=InlineEngine(), session=own).best


def finished(best: Candidate, rows: TrainingRows, **serve: Any) -> Finished:
    return finish(Spec.model_validate(spec_of().model_dump() | {"serve": serve}), best, rows)


def sets(best: Candidate, rows: TrainingRows, **serve: Any) -> Conformal:
    made = finished(best, rows, **serve).sets
    assert made is not None
    return made


def test_sets_are_as_the_spec_asks(best: Candidate) -> None:
    average, classwise = (sets(best, rows_of(), coverage=0.98, sets=kind) for kind in ("average", "classwise"))
    assert (average.classwise, classwise.classwise) == (False, True)
    assert len(set(average.limits)) == 1
    assert len(set(classwise.limits)) == 2
    assert finished(best, rows_of(), coverage=0).sets is None


def test_units_count_as_one(best: Candidate) -> None:
    rows = rows_of()
    few = replace(rows, units=np.arange(len(rows.labels), dtype=np.uint64) // 60)
    assert np.isfinite(sets(best, rows, coverage=0.9).limits).all()
    assert np.isinf(sets(best, few, coverage=0.9).limits).all(), "4 units promise nothing at 90 %"
    own = replace(rows, units=np.arange(len(rows.labels), dtype=np.uint64))
    assert np.array_equal(sets(best, own, coverage=0.9).limits, sets(best, rows, coverage=0.9).limits)


def test_units_are_those_of_the_rows_that_were_answered(best: Candidate, monkeypatch: pytest.MonkeyPatch) -> None:
    """On large tables only some rows are answered out of fold."""
    rows, kept = rows_of(), np.arange(0, 240, 3)
    fold = replace(best.out_of_fold, indices=kept, probabilities=best.out_of_fold.probabilities[kept])
    seen = []
    whole = conformal.fit

    def watched(*given: Any, units: Any, **more: Any) -> Conformal:
        seen.append(units)
        return whole(*given, units=units, **more)

    monkeypatch.setattr(conformal, "fit", watched)
    sets(replace(best, out_of_fold=fold), replace(rows, units=np.arange(240, dtype=np.uint64) // 2), coverage=0.9)
    assert np.array_equal(seen[0], kept // 2)
