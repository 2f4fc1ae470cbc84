"""Which columns of a dataset are learned from, and what is said of those that are not."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from ratchet.arrays import Probabilities
from ratchet.data.schema import Schema
from ratchet.engine.inline import InlineEngine
from ratchet.errors import DataError
from ratchet.evaluation.holdout import label_indices
from ratchet.features.columns import from_frame
from ratchet.kinds.kind import Kind
from ratchet.metrics.catalogue import metric
from ratchet.spec import Spec
from ratchet.training import session
from ratchet.training.finish import finish
from ratchet.training.rows import training_rows
from ratchet.training.train import train

KINDS = {"text": Kind.TEXT, "posted": Kind.DATE, "named": Kind.SPLIT}
TOPICS = tuple(f"t{each}" for each in range(6))
SCHEMA = Schema(columns=KINDS, label="topic", classes=TOPICS)


def topics(count: int = 900) -> pl.DataFrame:
    """Posts about topics that come and go: the date tells the topic while it lasts, the words always do, a little."""
    rng = np.random.default_rng(0)
    place = np.sort(rng.random(count))
    # Each topic has its week, which comes twice among the rows to learn from; on the later ones they are all over.
    topic = np.where(place < 0.8, (place / 0.8 * 12).astype(int) % 6, rng.integers(0, 6, count))
    topic = np.where(rng.random(count) < 0.1, rng.integers(0, 6, count), topic)
    words = [
        [f"word{rng.integers(0, 40)}" for _ in range(8)] + [f"about{each}"] * int(rng.random() < 0.5) for each in topic
    ]
    return pl.DataFrame(
        {
            "text": [" ".join(each) for each in words],
            "posted": [datetime(2020, 1, 1) + timedelta(minutes=int(each * 500_000)) for each in place],
            "named": np.where(place < 0.8, "train", "test"),
            "topic": [TOPICS[each] for each in topic],
            "_id": np.arange(count, dtype=np.uint64),
            "_unit": np.arange(count, dtype=np.uint64),
            "_side": np.where(place < 0.8, np.where(rng.random(count) < 0.1, "tune", "train"), "holdout"),
        }
    )


def spec_of(shifting: str = "leave_out", columns: dict[str, Kind] = KINDS) -> Spec:
    return Spec(
        name="topics",
        label="topic",
        columns=columns,
        candidates=[{"family": "boosted.v1", "params": {"rounds": 60}}],
        search={"trials": 1, "folds": 3},
        split={"shifting": shifting},
        gate={"metric": "accuracy"},
    )


def test_a_column_that_parts_the_sides_is_left_out_and_named() -> None:
    rows = training_rows(topics(), SCHEMA, spec_of())
    assert list(rows.columns) == list(rows.kinds) == ["text"]
    (said,) = rows.findings
    assert said.startswith("the column 'posted', a date, tells the rows held out from those to learn from")
    assert said.endswith("no model reads it (split.shifting)")


def test_it_is_kept_or_refused_where_the_spec_says_so() -> None:
    rows = training_rows(topics(), SCHEMA, spec_of("keep"))
    assert list(rows.columns) == ["posted", "text"]
    assert "may not hold" in rows.findings[0]
    with pytest.raises(DataError, match="'posted', a date") as caught:
        training_rows(topics(), SCHEMA, spec_of("refuse"))
    assert "columns.posted" in caught.value.todo
    assert 'split.shifting = "keep"' in caught.value.todo


def test_a_table_of_nothing_else_is_refused() -> None:
    columns = {"posted": Kind.DATE, "named": Kind.SPLIT}
    schema = Schema(columns=columns, label="topic", classes=TOPICS)
    with pytest.raises(DataError, match="there is no other"):
        training_rows(topics(), schema, spec_of(columns=columns))


def test_what_is_learned_without_it_holds_and_what_is_learned_of_it_does_not(tmp_path: Path) -> None:
    frame = topics()
    held = frame.filter(pl.col("_side") == "holdout")
    truth, scores = label_indices(held, SCHEMA), {}
    for how in ("leave_out", "keep"):
        spec = spec_of(how)
        rows = training_rows(frame, SCHEMA, spec)
        with session.opened(tmp_path / how) as own:
            made = train(spec, rows, engine=InlineEngine(), session=own)
            answers: Probabilities = made.best.pipeline.predict(from_frame(held, dict(made.best.pipeline.columns)))
        assert rows.findings[0] in made.findings
        scores[how] = made.best.search_score, metric("accuracy").value(truth, answers)
    assert scores["keep"][0] > scores["keep"][1] + 0.3, "the search falls for the date"
    assert abs(scores["leave_out"][0] - scores["leave_out"][1]) < 0.08, "what the search saw holds"
    assert scores["leave_out"][1] >= scores["keep"][1] - 0.02, "and nothing is lost"


def test_under_the_rule_of_time_the_newest_rows_are_scored_and_all_that_follows_holds(tmp_path: Path) -> None:
    columns = {"text": Kind.TEXT, "posted": Kind.TIME}
    frame = topics().with_columns(
        topic=pl.when((pl.int_range(pl.len()) < 20) & (pl.col("topic") == "t0")).then(pl.lit("old")).otherwise("topic")
    )
    schema = Schema(columns=columns, label="topic", classes=("old", *TOPICS))
    spec = spec_of(columns=columns)
    rows = training_rows(frame, schema, spec)
    assert rows.times is not None
    assert (np.diff(rows.times) >= 0).all()
    with session.opened(tmp_path) as own:
        made = train(spec, rows, engine=InlineEngine(), session=own)
        finished = finish(spec, made.best, rows)
        asked = from_frame(frame.filter(pl.col("_side") == "holdout"), dict(finished.pipeline.columns))
        answers = finished.pipeline.predict(asked)
    scored = made.best.out_of_fold.indices
    assert scored.min() == len(rows.labels) // 4, "of four blocks the first is learned from only"
    assert "old" not in {schema.classes[each] for each in rows.labels[scored]}
    assert finished.sets is not None
    assert np.isfinite(answers).all()


@pytest.mark.parametrize("kind", [Kind.SPLIT, Kind.GROUP])
def test_times_are_for_the_rule_of_time_alone(kind: Kind) -> None:
    columns = {"text": Kind.TEXT, "posted": Kind.TIME, "named": kind}
    schema = Schema(columns=columns, label="topic", classes=TOPICS)
    assert training_rows(topics(), schema, spec_of(columns=columns)).times is None
