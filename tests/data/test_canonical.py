from __future__ import annotations

import io
import unicodedata
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ratchet.data.canonical import number_bits, texts
from ratchet.data.ingest.ingest import ingest
from ratchet.data.rowhash import row_hashes
from tests.data.ingest.sandbox import Sandbox, spec_of

six_digits = st.tuples(st.integers(-999_999, 999_999), st.integers(-8, 0)).map(
    lambda each: float(f"{each[0]}e{each[1]}")
)
fractions = st.floats(-(2.0**51), 2.0**51).map(lambda each: each if each != np.floor(each) else each + 0.5)


def same(one: list[float], other: list[float]) -> bool:
    first, second = (number_bits(np.array(each, dtype=np.float64)) for each in (one, other))
    return bool((first[0] == second[0]).all() and (first[1] == second[1]).all())


@given(st.lists(fractions, max_size=30))
def test_six_digits_are_what_a_writer_of_six_digits_gives(values: list[float]) -> None:
    assert same(values, [float(f"{each:.6g}") for each in values])


@given(st.lists(six_digits, max_size=30))
def test_six_digits_survive_a_float_of_32_bits(values: list[float]) -> None:
    assert same(values, np.array(values, dtype=np.float32).astype(np.float64).tolist())


@pytest.mark.parametrize(
    "value", [12345.55, 12345.65, 0.1 + 0.2, 999999.6, 9.999995, 1e-7, 5e-324, 1.7976931348623157e308]
)
def test_ties_and_ends_of_the_range(value: float) -> None:
    assert same([value], [float(f"{value:.6g}")] if value != np.floor(value) else [value])


def test_whole_numbers_keep_all_their_digits_and_others_six() -> None:
    bits, whole = number_bits(np.array([16_777_217.0, 16_777_216.0, 123456.71, 123456.72, -2.5, 2.5, 2.0000001, 2.0]))
    assert whole.tolist() == [True, True, True, True, False, False, True, True]
    assert len(set(bits.tolist())) == 6
    assert bits[2] == bits[3]
    assert bits[6] == bits[7]


@given(st.lists(st.text(alphabet="ab \u00a0\t\n\u00e9\u0301e", max_size=6), max_size=20))
def test_texts_have_single_spaces_and_one_form(values: list[str]) -> None:
    expected = [unicodedata.normalize("NFC", " ".join(value.split())) or None for value in values]
    assert texts(pl.Series(values, dtype=pl.String)).to_list() == expected


def exported(frame: pl.DataFrame, how: str) -> pl.DataFrame:
    """The table written in a format and read from it."""
    place = io.BytesIO()
    if how == "six digits":
        shorter = pl.col("n").map_elements(lambda each: f"{each:.6g}", return_dtype=pl.String)
        frame.with_columns(shorter).write_csv(place)
        return pl.read_csv(io.BytesIO(place.getvalue()), schema=frame.schema)
    if how == "blanks":
        doubled = pl.col("c").str.replace_all(" ", "   ")
        return frame.with_columns(t=pl.format("  {}\u00a0 ", "t"), c=pl.format("\t{}", doubled))
    if how == "json":
        frame.write_ndjson(place)
        return pl.read_ndjson(io.BytesIO(place.getvalue()), schema=frame.schema)
    return frame.with_columns(pl.col("n").cast(pl.Float32).cast(pl.Float64))


words = st.text(alphabet="abc \u00e9", max_size=8)
tables = st.lists(st.tuples(st.one_of(st.none(), six_digits), words, words), min_size=1, max_size=20)


@pytest.mark.parametrize("how", ["six digits", "blanks", "json", "32 bits"])
@given(rows=tables)
def test_a_table_exported_again_has_the_same_ids(how: str, rows: list[tuple[float | None, str, str]]) -> None:
    frame = pl.DataFrame(rows, schema={"n": pl.Float64, "t": pl.String, "c": pl.String}, orient="row")
    again = exported(frame, how)
    assert row_hashes(again, frame.columns).tolist() == row_hashes(frame, frame.columns).tolist()


def test_a_table_exported_again_adds_nothing(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame(
        {"text": [f"row {n} of all" for n in range(200)], "n": rng.normal(size=200), "y": ["p", "q"] * 100}
    )
    box = Sandbox(tmp_path / "box")
    first = box.ingest(frame).dataset
    (box.folder / "again.csv").write_text(
        "text,n,y\n" + "".join(f"  {t} ,{n:.6g},{y} \n" for t, n, y in frame.iter_rows())
    )
    done = ingest(box.datasets, [str(box.folder / "again.csv")], spec_of(), quarantine=box.quarantine)
    assert (done.added, done.dataset) == (0, first)
    box.database.close()


def test_a_dataset_of_an_earlier_identity_is_read_again_with_its_sides(tmp_path: Path) -> None:
    box = Sandbox(tmp_path / "box")
    frame = pl.DataFrame({"text": [f"row {n} of all" for n in range(200)], "n": [0.5] * 200, "y": ["p", "q"] * 100})
    first = box.ingest(frame).dataset
    old = replace(first, id="old", identity=1, created_at=first.created_at + timedelta(seconds=1))
    box.datasets.add(old, after=first)
    assert not old.fits(spec_of())
    assert box.datasets.frame(old)["_unit"].to_list() == box.datasets.frame(old)["_id"].to_list()
    done = ingest(box.datasets, [], spec_of(), quarantine=box.quarantine).dataset
    assert (done.identity, done.rows) == (2, 200)
    assert box.datasets.sides(done).tolist() == box.datasets.sides(first).tolist()
    box.database.close()
