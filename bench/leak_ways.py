"""The ways in which rows come to stand both among those learned from and in the holdout: a function each.

Each says how it happens in life, and tells it to a `bench.leak_lives.Life`: which rows are handed in, what the spec
says, when it is trained.  Labels are drawn by lot, so whatever is promoted has learned the holdout by heart, or was
lucky.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from bench import leak_copies as copies
from bench.leak_copies import learned_from, noisy
from bench.leak_lives import LABEL, Life
from ratchet.arrays import Floats64

Way = Callable[[Life], None]

TRAININGS = 30
"""How often `until_promoted` tries."""
ROTATIONS = 8
"""How many holdouts `rotating` draws."""

# --- labels that change, and labels that come back --------------------------------------------------------------------


def labels_corrected(life: Life) -> None:
    """A third of the labels, of the holdout too, are said otherwise in a later file."""
    rows = life.rows("mixed", 500)
    learned_from(life, rows)
    life.ingest(_relabelled(life, rows.sample(fraction=1 / 3, seed=1)), correct=True)
    life.train()


def labels_corrected_by_feedback(life: Life) -> None:
    """As before, where the corrections come back as feedback to answers."""
    rows = life.rows("mixed", 500)
    learned_from(life, rows)
    life.put_in_service()
    life.feed_back(_relabelled(life, rows.sample(fraction=1 / 3, seed=1)))
    life.train()


def feedback_of_rows_there(life: Life) -> None:
    """Rows that are in the table are asked for again, as they are and nearly so, and their labels come back."""
    rows = life.rows("mixed", 300)
    learned_from(life, rows)
    life.put_in_service()
    life.feed_back(pl.concat([rows, noisy(life, rows, 0.001)]))
    life.train()


def feedback_of_mistakes(life: Life) -> None:
    """People say the label where the answer is wrong, and of right answers one in ten times."""
    rows = life.rows("mixed", 1_000)
    learned_from(life, rows[:300])
    life.put_in_service()
    for fresh in (rows[300:650], rows[650:]):
        life.feed_back(fresh, lambda answer, label: answer != label or bool(life.rng.random() < 0.1))
        life.train()


def _relabelled(life: Life, rows: pl.DataFrame) -> pl.DataFrame:
    """Labels drawn again; those that follow from the features stay."""
    if life.signal:
        return rows
    return rows.with_columns(pl.Series(LABEL, life.rng.permutation(rows[LABEL].to_numpy())))


# --- persons ----------------------------------------------------------------------------------------------------------


def persons_named(life: Life) -> None:
    """Forty patients come a dozen times each, with one label each; the spec says who is who."""
    _over_visits(life, _patients(life), {"patient": "group"})


def persons_forgotten(life: Life) -> None:
    """As before, and the spec leaves the patient out: their rows are a fiftieth of a standard deviation apart."""
    _over_visits(life, _patients(life).drop("patient"))


def _over_visits(life: Life, rows: pl.DataFrame, kinds: Mapping[str, str] | None = None) -> None:
    """Half of the visits of everybody are learned from and a model put in service, then the other half comes."""
    learned_from(life, rows[: rows.height // 2], kinds)
    life.put_in_service()
    life.ingest(rows[rows.height // 2 :])
    life.train()


def _patients(life: Life) -> pl.DataFrame:
    persons = life.rows("numbers", 40).with_columns(patient=pl.int_range(40).cast(pl.String))
    return noisy(life, pl.concat([persons] * 12), 0.02)


# --- time -------------------------------------------------------------------------------------------------------------


def walk_by_date(life: Life) -> None:
    """Labels follow a state that changes slowly and from no feature; the date is one, and rows are split by hash."""
    learned_from(life, _hourly(life))


def walk_in_time(life: Life) -> None:
    """As before, and the spec says that the date is the time."""
    learned_from(life, _hourly(life), {"at": "time"})


def walks_by_hash(life: Life) -> None:
    """Features wander as slowly as the label does, each for itself: neighbours in time are nearly copies."""
    learned_from(life, _wandering(life).drop("at"))


def walks_in_time(life: Life) -> None:
    """As before, and the spec names the time."""
    learned_from(life, _wandering(life), {"at": "time"})


def _hourly(life: Life) -> pl.DataFrame:
    rows = life.rows("numbers", 500)
    score = (rows["cell_1"] * rows["cell_2"]).to_numpy()
    return _dated(life.labelled(rows, signal=score, lot=_walk(life, rows.height)))


def _wandering(life: Life) -> pl.DataFrame:
    walks = {f"walk_{place}": _walk(life, 500) for place in range(4)}
    return _dated(life.labelled(pl.DataFrame(walks), signal=walks["walk_0"] + walks["walk_1"], lot=_walk(life, 500)))


def _dated(rows: pl.DataFrame) -> pl.DataFrame:
    start = datetime(2024, 1, 1)
    return rows.with_columns(at=pl.Series([start + timedelta(hours=hour) for hour in range(rows.height)]))


def _walk(life: Life, steps: int) -> Floats64:
    """A score that keeps coming back to 0, in about twenty steps."""
    state, walk = 0.0, np.empty(steps)
    for place, step in enumerate(life.rng.normal(size=steps)):
        state = 0.95 * state + float(step)
        walk[place] = state
    return walk


# --- trying again -----------------------------------------------------------------------------------------------------


def until_promoted(life: Life) -> None:
    """Thirty trainings on the same rows, each with another seed and share of the split and another search."""
    rows = life.rows("mixed", 300)
    life.learns(rows)
    life.ingest(rows)
    for turn in range(TRAININGS):
        split = {"seed": turn, "holdout": 0.2 + 0.01 * (turn % 10)}
        life.learns(rows, split=split, search={"trials": 1 + turn % 3})
        life.train()
        if life.promoted:
            return


def rotating(life: Life) -> None:
    """A new holdout is drawn before each of eight trainings."""
    rows = life.rows("mixed", 300)
    learned_from(life, rows)
    for _ in range(ROTATIONS):
        life.rotate()
        life.train()


def own_split(life: Life) -> None:
    """The table says itself what is train and what is test, and rows were copied between them: equal and nearly."""
    rows = life.rows("numbers", 250)
    test = rows.sample(fraction=0.5, seed=1)
    parts = [rows.with_columns(part=pl.lit("train")), test.with_columns(part=pl.lit("test"))]
    nearly = noisy(life, rows.sample(fraction=0.5, seed=2), 0.001).with_columns(part=pl.lit("test"))
    learned_from(life, pl.concat([*parts, nearly]), {"part": "split"})


# --- no way -----------------------------------------------------------------------------------------------------------


def numbers_alone(life: Life) -> None:
    """Numbers, each row once: nothing leaks."""
    learned_from(life, life.rows("numbers", 500))


def mixed_alone(life: Life) -> None:
    """Numbers and categories, each row once."""
    learned_from(life, life.rows("mixed", 500))


def texts_alone(life: Life) -> None:
    """Texts, each once."""
    learned_from(life, life.rows("texts", 3_000))


CONTROLS: Mapping[str, Way] = {
    "nothing leaks: numbers": numbers_alone,
    "nothing leaks: numbers and categories": mixed_alone,
    "nothing leaks: texts": texts_alone,
}
"""Ways on which nothing leaks: with labels that follow from the features they must be promoted."""

WAYS: Mapping[str, Way] = {
    "exported again, 6 digits": copies.six_digits,
    "exported again, 7 digits": copies.seven_digits,
    "exported again, 2 decimals": copies.two_decimals,
    "exported again, 32-bit Parquet": copies.single_precision,
    "exported again, columns in another order": copies.other_columns,
    "exported again, a model in service": copies.beside_a_champion,
    "categories padded with blanks": copies.trailing_blanks,
    "texts with no-break and double spaces": copies.no_break_spaces,
    "categories with accents decomposed": copies.decomposed_letters,
    "texts with accents decomposed": copies.decomposed_texts,
    "missing: empty, blank or NaN": copies.other_empty_values,
    "by file and by SQL": copies.sql_and_file,
    "by file and by SQL, true is 1": copies.truth_values,
    "id ignored later": copies.id_ignored_later,
    "column dropped later": copies.column_dropped_later,
    "copies under several ids": copies.id_as_category,
    "copies under running numbers": copies.id_as_number,
    "measured three times, 0.001 sd apart": copies.measured_twice,
    "measured three times, 0.02 sd apart": copies.measured_roughly,
    "the same, with categories": copies.mixed_measured_twice,
    "texts with a word changed": copies.word_changed,
    "texts from templates": copies.templates,
    "labels corrected by file": labels_corrected,
    "labels corrected by feedback": labels_corrected_by_feedback,
    "feedback of rows there": feedback_of_rows_there,
    "feedback of mistakes": feedback_of_mistakes,
    "persons, named": persons_named,
    "persons, forgotten": persons_forgotten,
    "slow labels, by date": walk_by_date,
    "slow labels, in time": walk_in_time,
    "slow labels and features, by hash": walks_by_hash,
    "slow labels and features, in time": walks_in_time,
    "thirty trainings, other splits": until_promoted,
    "eight holdouts in turn": rotating,
    "own split with copies": own_split,
}
"""The ways a leak happens, as the table calls them."""
