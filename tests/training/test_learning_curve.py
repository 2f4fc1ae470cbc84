"""Learning from growing shares of the rows: more rows, better scores; nothing of what is left out is learned."""

from __future__ import annotations

import os
import signal
import tempfile
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from ratchet.engine.inline import InlineEngine
from ratchet.engine.processes import ProcessEngine
from ratchet.errors import JobError
from ratchet.evaluation.learning_curve import CurveOfRows
from ratchet.models.recipe import Recipe
from ratchet.progress import Progress
from ratchet.training import learning_curve as curves
from ratchet.training import session
from ratchet.training.left_out import LeftOut
from ratchet.training.task import Task, TrainingRows
from tests.training.test_train import KINDS, rows_of, spec_of


def _curve(folder: Path, rows: TrainingRows, budget: float = 120.0) -> tuple[CurveOfRows, list[Progress]]:
    said: list[Progress] = []
    with session.opened(folder / "cache") as own:
        found = curves.learning_curve(
            Recipe.plan("linear.v1", KINDS),
            rows,
            spec=spec_of(metric="accuracy"),
            engine=InlineEngine(),
            session=own,
            budget=budget,
            progress=said.append,
        )
    return found, said


def test_more_rows_score_better_and_the_same_rows_the_same(tmp_path: Path) -> None:
    rows = rows_of(900)
    rows = replace(rows, columns={**rows.columns, "colour": ["red"] * 900, "note": [""] * 900})
    found, said = _curve(tmp_path / "a", rows)
    assert [each.n for each in found.points] == sorted({each.n for each in found.points})
    assert found.points[-1].n == 600, "three folds, two of which are learned from"
    assert (found.rows, found.metric) == (900, "accuracy")
    assert found.points[0].value <= found.points[-1].value + 0.03
    assert found.sentence.startswith("Twice the labels (1,800 in all) would")
    assert (said[-1].done, said[-1].total) == (5 * found.folds, 5 * found.folds)
    assert _curve(tmp_path / "b", rows)[0] == found


def test_larger_shares_hold_the_smaller_ones_and_units_stay_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = replace(
        rows_of(), units=np.arange(240, dtype=np.uint64) // 8, groups=np.array([f"g{at // 8}" for at in range(240)])
    )
    asked: list[LeftOut] = []
    whole = curves.answer

    def watched(job: LeftOut) -> object:
        asked.append(job)
        return whole(job)

    monkeypatch.setattr(curves, "answer", watched)
    _curve(tmp_path, rows)
    for smaller, larger in pairwise(asked[:5]):
        assert set(smaller.learned) <= set(larger.learned)
        assert not set(larger.learned) & set(larger.asked)
    parted = [unit for unit in range(30) if 0 < np.isin(np.arange(unit * 8, unit * 8 + 8), asked[0].learned).sum() < 8]
    assert len(parted) <= 1


def test_a_budget_that_is_too_short_says_so(tmp_path: Path) -> None:
    with pytest.raises(JobError, match=r"learned from every share within 0\.001 s"):
        _curve(tmp_path, rows_of(), budget=0.001)


def _killed(job: LeftOut) -> None:
    """As an engine ends a job at its limits: it cleans nothing up."""
    with job.fitted():
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_job_that_is_killed_leaves_its_files_where_they_go_with_the_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    rows = np.arange(60)
    with session.opened(tmp_path / "cache") as own, closing(ProcessEngine(1)) as engine:
        task = Task.of(spec_of(), rows_of(120), engine=engine, session=own)
        job = LeftOut.of(task, Recipe.plan("linear.v1", KINDS), rows, rows + 60)
        with pytest.raises(JobError):
            engine.submit(_killed, job).result()
        assert list((tmp_path / "cache" / own.id).rglob("ratchet-left-out-*")), "it was killed while it had files"
        assert not list(temporary.iterdir())
    assert not list((tmp_path / "cache").rglob("ratchet-left-out-*"))
