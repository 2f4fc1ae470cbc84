"""What a column seems to hold, told from its values, its name, and the labels beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from ratchet.data.split.column import SIDE_OF_WORD
from ratchet.data.split.sides import HOLDOUT, TRAIN
from ratchet.kinds.cells import shown
from ratchet.kinds.date import dates_of
from ratchet.kinds.kind import MEDIA, Kind
from ratchet.kinds.missing import NOTHING
from ratchet.kinds.number import numbers_of
from ratchet.kinds.text import texts_of
from ratchet.words import count_of

_ID_NAME = re.compile(
    r"(?i:(^|[_\-. ])(id|uid|uuid|guid|key|index|idx|rowid|row_?(order|number|num|no))$)|[a-z](ID|Id)$"
)
_SPLIT_NAME = re.compile(r"(?i)^(split|subset|set|fold|partition|data_?set|phase)$")
_MOSTLY = 0.9
_FEW_ROWS = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Guess:
    """A column's kind and why; ``usable`` where it could be a feature after all, were there no other.

    ``unread`` says that it holds something worth learning from which nothing reads yet.
    """

    kind: Kind
    why: str
    usable: Kind | None = None
    unread: bool = False
    idle: bool = False
    """The same in every row: nothing can be learned from it yet."""


def guessed(found: pl.Series, labels: pl.Series) -> Guess:
    """The kind of one column (rows,), given the label of each row as a text.

    A column is ignored where a model could not learn from it (empty, an id) or would learn what nobody knows when
    asked (it says the label, or is made from it).  One that is the same in every row is read: were it ignored, nobody
    would hear of it when it starts to vary.
    """
    values = found.drop_nulls()
    if found.dtype == pl.String:
        values = values.filter(values.str.strip_chars() != "")
    if not len(values):
        return Guess(kind=Kind.IGNORE, why="empty in every row")
    if found.dtype == pl.Binary:
        return _of_bytes(values)
    if found.dtype.is_nested() or found.dtype == pl.Object:
        return Guess(kind=Kind.IGNORE, why="holds lists or mappings, which no encoder reads")
    if (media := _of_base64(values) or _of_paths(values)) is not None:
        return media
    if _names_sides(found.name, values):
        return Guess(kind=Kind.SPLIT, why="the table's own split: its test rows are the holdout")
    if values.n_unique() == 1 and len(values) == len(found):
        why = f"the same in every row so far ({shown(values[0], 30)}): it is told when that changes"
        return Guess(kind=_by_values(found.name, values).kind, why=why, idle=True)
    guess = _by_values(found.name, values)
    leak = _made_from_label(found, labels)
    if leak and guess.kind is not Kind.IGNORE:
        return Guess(kind=Kind.IGNORE, why=leak, usable=guess.kind)
    return guess


def _of_bytes(values: pl.Series) -> Guess:
    for kind, media in MEDIA.items():
        if (found := media.format_of(values[0])) is not None:
            return _of_media(kind, found)
    return Guess(kind=Kind.IGNORE, why="bytes of no kind that is known", unread=True)


def _of_base64(values: pl.Series) -> Guess | None:
    """A guess for a column whose texts spell the bytes of pictures or sound, or None."""
    for kind, media in MEDIA.items():
        found = [media.format_in(each) for each in values.head(_FEW_ROWS)] if values.dtype == pl.String else [None]
        if found[0] is not None and None not in found:
            return _of_media(kind, f"{found[0]} in base64")
    return None


def _of_media(kind: Kind, form: str) -> Guess:
    why = f'{MEDIA[kind].content} ({form}), which no family reads yet: "{kind}" once one does'
    return Guess(kind=Kind.IGNORE, why=why, unread=True)


def _of_paths(values: pl.Series) -> Guess | None:
    """A guess for a column whose texts name files of pictures or sound, or None."""
    for media in MEDIA.values():
        if values.dtype == pl.String and int(media.paths_in(values).sum()) >= _MOSTLY * len(values):
            why = f"paths of {media.content}: a name says nothing of what is in the file, and files are not followed"
            return Guess(kind=Kind.IGNORE, why=why, unread=True)
    return None


def _names_sides(name: str, values: pl.Series) -> bool:
    if not _SPLIT_NAME.match(name) or values.dtype != pl.String:
        return False
    sides = {SIDE_OF_WORD.get(value.strip().casefold()) for value in values.unique().head(10).to_list()}
    return None not in sides and {TRAIN, HOLDOUT} <= sides


def _made_from_label(found: pl.Series, labels: pl.Series) -> str | None:
    """Why a column seems to be made from the label: every value that occurs again always has the same label.

    Chance would have to be beaten some ten times over, and most rows must share their value with another; texts that
    happen to be repeated are not enough.
    """
    pairs = pl.DataFrame({"value": found, "label": labels}).drop_nulls()
    if found.dtype == pl.String:
        pairs = pairs.filter(pl.col("value") != "")
        if _spells_label(pairs):
            return "spells the label out: it is not known when a model is asked"
    values = pairs.group_by("value").agg(n=pl.len(), classes=pl.col("label").n_unique())
    again = values.filter(pl.col("n") > 1)
    if not again.height or not bool((again.get_column("classes") == 1).all()):
        return None
    shares = labels.value_counts().get_column("count") / len(labels)
    other_label = 1 - float((shares**2).sum())
    repeats = int(again.get_column("n").sum())
    if (repeats - again.height) * other_label < 10 or repeats < 0.5 * pairs.height:
        return None
    if values.height == labels.n_unique():
        return "says the label in other words: it is not known when a model is asked"
    return "made from the label: each of its values has one label only"


def _spells_label(pairs: pl.DataFrame) -> bool:
    """Whether nearly every text has its row's label within it, and few have the commonest label without being of it."""
    text, label = pl.col("value").str.to_lowercase(), pl.col("label").str.to_lowercase()
    if not pairs.height or bool((pairs.get_column("label").str.len_chars() < 3).any()):
        return False
    commonest = pairs.get_column("label").mode().sort()[0]
    rest = pairs.filter(pl.col("label") != commonest)
    wrong = rest.select(text.str.contains(commonest.lower(), literal=True).mean()).item()
    return bool(pairs.select(text.str.contains(label, literal=True).mean()).item() >= 0.95 and (wrong or 0) <= 0.5)


def _by_values(name: str, values: pl.Series) -> Guess:
    if values.dtype in (pl.Date, pl.Time) or isinstance(values.dtype, pl.Datetime):
        return _date(values)
    if values.dtype == pl.Boolean:
        return Guess(kind=Kind.CATEGORY, why="true or false")
    if values.dtype.is_numeric() or isinstance(values.dtype, pl.Duration):
        return _number(name, numbers_of(values))
    texts = texts_of(values)
    meant = texts.filter(~texts.str.strip_chars().str.to_lowercase().is_in(NOTHING))
    codes = bool(meant.str.contains(r"^0\d+$").any())
    numbers = numbers_of(meant)
    if len(meant) and not codes and numbers.null_count() <= 0.01 * len(meant):
        return _number(name, numbers.drop_nulls(), odd=numbers.null_count())
    if len(meant) and not codes and bool(meant.head(1000).str.contains(r"^\d{1,4}[-/.]\d").all()):
        dates = dates_of(meant)
        if dates.null_count() <= 0.01 * len(meant):
            return _date(dates)
    return _text(name, texts)


def _date(values: pl.Series) -> Guess:
    return Guess(
        kind=Kind.DATE, why=f'from {values.min()!s} to {values.max()!s}; "time" would hold the newest rows out'
    )


def _number(name: str, numbers: pl.Series, odd: int = 0) -> Guess:
    count, distinct = len(numbers), numbers.n_unique()
    whole = bool((numbers.is_finite() & (numbers == numbers.round())).all())
    steps = numbers.diff().drop_nulls()
    if whole and count >= _FEW_ROWS and distinct == count and bool((steps > 0).all()):
        why = 'unique and growing from row to row: a row number. If rows come in the order of time, "time" fits'
        return Guess(kind=Kind.IGNORE, why=why, usable=Kind.NUMBER)
    if whole and _is_id(name, count, distinct):
        return _id(count, distinct, usable=Kind.NUMBER)
    aside = f"; {odd} values are none: rows with them are set aside" if odd else ""
    return Guess(kind=Kind.NUMBER, why=f"from {_figure(numbers.min())} to {_figure(numbers.max())}{aside}")


def _figure(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _text(name: str, texts: pl.Series) -> Guess:
    count, distinct = len(texts), texts.n_unique()
    length = float(texts.str.len_chars().mean() or 0)  # type: ignore[arg-type]
    words = float((texts.str.count_matches(r"\S+")).mean() or 0)  # type: ignore[arg-type]
    prose = words >= 3 or length >= 60
    if count >= _FEW_ROWS and distinct >= 0.999 * count and words < 1.1:
        return _id(count, distinct, usable=Kind.TEXT)
    if _is_id(name, count, distinct) and words < 1.1:
        return _id(count, distinct, usable=Kind.CATEGORY)
    few = distinct <= max(_FEW_ROWS, 0.05 * count) and (distinct <= 0.5 * count or count < _FEW_ROWS)
    if few and not (length > 60 and distinct > 100):
        return Guess(kind=Kind.CATEGORY, why=f"{distinct:,} different values")
    if not prose and distinct <= 0.5 * count:
        return Guess(kind=Kind.CATEGORY, why=f"{distinct:,} different short values")
    return Guess(kind=Kind.TEXT, why=f"{distinct:,} different texts of {_size(length, words)}")


def _size(length: float, words: float) -> str:
    return f"{count_of(round(length), 'character')} and {count_of(round(words), 'word')}"


def _is_id(name: str, count: int, distinct: int) -> bool:
    return bool(_ID_NAME.search(name)) and distinct > max(_FEW_ROWS, 0.05 * count)


def _id(count: int, distinct: int, usable: Kind) -> Guess:
    if distinct >= 0.999 * count:
        return Guess(kind=Kind.IGNORE, why="an id: unique per row", usable=usable)
    why = (
        f'an id: {distinct:,} values in {count:,} rows; "group" if rows of one value must stay on one side of the split'
    )
    return Guess(kind=Kind.IGNORE, why=why, usable=usable)
