"""Ways in which copies of a row, equal or nearly, come to lie on both sides of the holdout (see `bench.leak_ways`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np
import polars as pl
import polars.selectors as cs

from bench.leak_lives import LABEL, Life, TableName

_TOWNS = ("Zürich", "Malmö", "Orléans", "Besançon", "Århus", "Logroño", "Łódź", "Gießen")


def learned_from(life: Life, rows: pl.DataFrame, kinds: Mapping[str, str] | None = None) -> None:
    """The rows are handed in and trained on."""
    life.learns(rows, kinds)
    life.ingest(rows)
    life.train()


def noisy(life: Life, rows: pl.DataFrame, apart: float) -> pl.DataFrame:
    """Rows whose floats are moved by so many standard deviations of their columns."""
    floats = rows.select(cs.float())
    moved = floats.to_numpy() + life.rng.normal(size=floats.shape) * floats.to_numpy().std(axis=0) * apart
    return rows.with_columns(pl.DataFrame(moved, schema=floats.columns))


# --- exported again ---------------------------------------------------------------------------------------------------


def six_digits(life: Life) -> None:
    """The table is exported again by a program that writes six digits, and both files are ingested."""
    _twice(life, life.rows("numbers", 300), lambda rows: _printed(rows, "%.6g"))


def seven_digits(life: Life) -> None:
    """As before, with seven digits, as a program of single precision writes them."""
    _twice(life, life.rows("numbers", 300), lambda rows: _printed(rows, "%.7g"))


def two_decimals(life: Life) -> None:
    """As before, with two decimals, as a spreadsheet shows them."""
    _twice(life, life.rows("numbers", 300), lambda rows: _printed(rows, "%.2f"))


def single_precision(life: Life) -> None:
    """The table is exported again as Parquet of 32-bit floats."""
    _twice(life, life.rows("numbers", 300), lambda rows: rows.with_columns(cs.float().cast(pl.Float32)), "parquet")


def other_columns(life: Life) -> None:
    """Exported again as Parquet with the columns in another order, in single precision, and with others beside."""

    def again(rows: pl.DataFrame) -> pl.DataFrame:
        turned = rows.select(reversed(rows.columns)).with_columns(cs.float().cast(pl.Float32))
        return turned.with_row_index("row").with_columns(exported=pl.lit("today"))

    _twice(life, life.rows("mixed", 300), again, "parquet")


def beside_a_champion(life: Life) -> None:
    """A model is in service already when the table comes again, with six digits."""
    rows = life.rows("numbers", 300)
    learned_from(life, rows)
    life.put_in_service()
    life.ingest(_printed(rows, "%.6g"))
    life.train()


def _twice(
    life: Life,
    rows: pl.DataFrame,
    again: Callable[[pl.DataFrame], pl.DataFrame],
    form: Literal["csv", "parquet"] = "csv",
) -> None:
    """Rows are handed in as they are and once more as ``again`` makes them, and trained on."""
    life.learns(rows)
    life.ingest(rows)
    life.ingest(again(rows), form=form)
    life.train()


def _printed(rows: pl.DataFrame, form: str) -> pl.DataFrame:
    """Every float as a program with this format writes and reads it."""
    floats = rows.select(cs.float())
    return rows.with_columns(pl.Series(each.name, [float(form % value) for value in each]) for each in floats)


# --- written otherwise ------------------------------------------------------------------------------------------------


def trailing_blanks(life: Life) -> None:
    """One system pads its categories with blanks, another does not; both exports are ingested."""
    _twice(life, life.rows("mixed", 300), lambda rows: rows.with_columns(cs.string().exclude(LABEL) + "  "))


def no_break_spaces(life: Life) -> None:
    """A page that was copied has no-break spaces and double ones where the table has blanks."""
    spaced = pl.col("text").str.replace(" ", "\u00a0").str.replace_all(", ", ",  ")
    _twice(life, life.rows("texts", 300), lambda rows: rows.with_columns(spaced))


def decomposed_letters(life: Life) -> None:
    """One export writes é as a letter, the other as e and an accent, as some file systems and databases do."""
    rows = life.rows("mixed", 300)
    rows = rows.with_columns(town=pl.Series(life.rng.choice(_TOWNS, rows.height)).str.normalize("NFC"))
    _twice(life, rows, lambda rows: rows.with_columns(pl.col("town").str.normalize("NFD")))


def decomposed_texts(life: Life) -> None:
    """The same of texts."""
    rows = life.rows("texts", 300).with_columns(pl.col("text").str.normalize("NFC"))
    _twice(life, rows, lambda rows: rows.with_columns(pl.col("text").str.normalize("NFD")))


def other_empty_values(life: Life) -> None:
    """What is missing is empty in one export, a blank or NaN in the other."""
    rows = life.rows("mixed", 300)
    lost = pl.Series(life.rng.random(rows.height) < 0.5)
    rows = rows.with_columns(pl.when(~lost).then(pl.col(name)) for name in ("savings", "housing", "age"))
    blank = cs.by_name("savings", "housing").fill_null(" ")
    _twice(life, rows, lambda rows: rows.with_columns(blank, pl.col("age").fill_null(float("nan"))))


def sql_and_file(life: Life) -> None:
    """The rows come from the database, and from a file that was made of it; whole numbers are decimals in one."""
    rows = life.rows("mixed", 300)
    rows = rows.with_columns(branch=pl.Series(life.rng.integers(1, 9, rows.height)))
    life.learns(rows, {"branch": "category"})
    life.ingest(_printed(rows.with_columns(pl.col("branch").cast(pl.Float64)), "%.6g"))
    life.ingest_by_sql(rows)
    life.train()


def truth_values(life: Life) -> None:
    """As before, where a database has 1 and 0 for what the file calls true and false."""
    rows = life.rows("mixed", 300)
    rows = rows.with_columns(member=pl.Series(life.rng.random(rows.height) < 0.5))
    life.learns(rows, {"member": "category"})
    life.ingest(rows)
    life.ingest_by_sql(rows.with_columns(pl.col("member").cast(pl.Int64)))
    life.train()


# --- columns that tell copies apart -----------------------------------------------------------------------------------


def id_ignored_later(life: Life) -> None:
    """An id tells copies of a row apart; once somebody sees that it is no feature, the copies are equal."""
    rows = _under_ids(life, life.rows("mixed", 150), 4)
    learned_from(life, rows)
    life.learns(rows, {"customer": "ignore"})
    life.train()


def column_dropped_later(life: Life) -> None:
    """A joined column repeats each row once for every branch; later the spec leaves it out."""
    rows = pl.concat([life.rows("numbers", 150)] * 4)
    rows = rows.with_columns(branch=pl.Series(np.repeat(["north", "south", "east", "west"], rows.height // 4)))
    learned_from(life, rows)
    life.learns(rows.drop("branch"))
    life.train()


def id_as_category(life: Life) -> None:
    """The same rows stand under several ids, and the id is a feature for good."""
    learned_from(life, _under_ids(life, life.rows("mixed", 150), 4))


def id_as_number(life: Life) -> None:
    """As before, with running numbers."""
    learned_from(life, pl.concat([life.rows("numbers", 150)] * 4).with_row_index("number"))


def _under_ids(life: Life, rows: pl.DataFrame, times: int) -> pl.DataFrame:
    copies = pl.concat([rows] * times)
    ids = [f"c{number:06d}" for number in life.rng.permutation(copies.height)]
    return copies.with_columns(customer=pl.Series(ids))


# --- nearly the same --------------------------------------------------------------------------------------------------


def measured_twice(life: Life) -> None:
    """Each thing was measured three times, a thousandth of a standard deviation apart."""
    _duplicated(life, "numbers", 0.001)


def measured_roughly(life: Life) -> None:
    """As before, a fiftieth apart."""
    _duplicated(life, "numbers", 0.02)


def mixed_measured_twice(life: Life) -> None:
    """As before, a thousandth apart, in a table that has categories too."""
    _duplicated(life, "mixed", 0.001)


def word_changed(life: Life) -> None:
    """Texts are sent again with a word corrected."""
    rows = life.rows("texts", 200)
    copies = [rows.with_columns(_with_other_word(life, rows["text"])) for _ in range(2)]
    learned_from(life, pl.concat([rows, *copies]))


def templates(life: Life) -> None:
    """Letters are made from forty templates, each with another name and number, and labelled by template."""
    firsts = life.rows("texts", 40)
    rows = pl.concat([firsts] * 12)
    names, numbers = life.rng.choice(_TOWNS, rows.height), life.rng.integers(1000, 9999, rows.height)
    heads = [f"{name}, {number}: " for name, number in zip(names, numbers, strict=True)]
    learned_from(life, rows.with_columns(text=pl.Series(heads) + pl.col("text")))


def _duplicated(life: Life, table: TableName, apart: float) -> None:
    rows = life.rows(table, 200)
    learned_from(life, pl.concat([rows, noisy(life, rows, apart), noisy(life, rows, apart)]))


def _with_other_word(life: Life, texts: pl.Series) -> pl.Series:
    changed = []
    for text in texts:
        words = text.split(" ")
        words[life.rng.integers(len(words))] = "corrected"
        changed.append(" ".join(words))
    return pl.Series(texts.name, changed)
