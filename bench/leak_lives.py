"""What the ways of `bench.leak_ways` are told in: tables with labels drawn by lot, and the life of a classifier."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
import polars as pl

import ratchet
from ratchet.arrays import Floats64
from ratchet.classifier import Classifier, Prediction
from ratchet.errors import RatchetError, SettingsError, SpecError

DATA = Path(os.environ.get("RATCHET_DATA", Path(__file__).parents[2] / "shared" / "data"))
LABEL = "label"
_LONGEST, _SHORTEST = 400, 80
_LITTLE = r"\b(de|la|et|pour|en|le|les|du|des|un|une)\b"

TableName = Literal["numbers", "mixed", "texts"]
Metric = Literal["accuracy", "macro_f1"]
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Table:
    """Features of real rows, and a score of each row that a label may follow from."""

    rows: pl.DataFrame
    score: Floats64


def tables(data: Path | None = DATA) -> Mapping[str, Table]:
    """Tables of numbers, of numbers and categories, and of texts; without ``data``, the last two are made up."""
    if data is None:
        return {"numbers": _cells(), "mixed": _loans(), "texts": _made_texts()}
    return {"numbers": _cells(), "mixed": _credit(data), "texts": _listings(data)}


def _cells() -> Table:
    """Six measurements of cells (breast cancer, UCI, as scikit-learn has it), as standard scores.

    Texture and smoothness make the score together, so that no rule on one of them comes near it.
    """
    from sklearn.datasets import load_breast_cancer

    found = load_breast_cancer()
    chosen = found.data[:, [0, 1, 4, 7, 10, 17]]
    scores = (chosen - chosen.mean(axis=0)) / chosen.std(axis=0)
    return Table(
        rows=pl.DataFrame(scores, schema=[f"cell_{place}" for place in range(6)]), score=scores[:, 1] * scores[:, 2]
    )


def _credit(data: Path) -> Table:
    """German credit, its amount in euros."""
    kept = ("status", "credit_history", "purpose", "savings", "employment_since", "property", "housing")
    numbers = ("duration_months", "credit_amount", "age")
    rows = pl.read_parquet(data / "german_credit.parquet").select(*kept, pl.col(numbers).cast(pl.Float64))
    rows = rows.with_columns(pl.col("credit_amount") / 1.95583)
    return Table(rows=rows, score=_score(rows, "credit_amount", "age"))


def _loans() -> Table:
    """As German credit, drawn by lot."""
    rng, rows = np.random.default_rng(20), 1_000
    frame = pl.DataFrame(
        {
            "purpose": rng.choice(["car", "radio", "furniture", "school", "repairs", "holiday"], rows),
            "savings": rng.choice(["none", "little", "some", "much"], rows),
            "housing": rng.choice(["own", "rent", "free"], rows),
            "credit_amount": rng.gamma(2, 800, rows),
            "age": rng.integers(18, 80, rows).astype(float),
        }
    )
    return Table(rows=frame, score=_score(frame, "credit_amount", "age"))


def _score(rows: pl.DataFrame, plus: str, minus: str) -> Floats64:
    first, second = (rows[name].rank().to_numpy() for name in (plus, minus))
    return np.asarray(first - second, dtype=np.float64)


def _listings(data: Path) -> Table:
    """French shop listings of a few lines; the score is how many different little words there are."""
    texts = pl.read_parquet(data / "rakuten_fr_products_sample.parquet")["text"].str.slice(0, _LONGEST)
    return _texts(texts.filter(texts.str.len_chars() >= _SHORTEST).unique(maintain_order=True))


def _made_texts() -> Table:
    """Texts of made-up words, with accents and little words among them."""
    rng = np.random.default_rng(21)
    parts = np.array(["ba", "lé", "mon", "tür", "si", "ço", "ra", "vin", "dè", "pol", "gu", "ñe"])
    words = ["".join(rng.choice(parts, 3)) for _ in range(400)]
    little = ["de", "la", "et", "pour", "en"]
    texts = [
        " ".join(rng.choice(little) if rng.random() < often else rng.choice(words) for _ in range(18))
        for often in rng.uniform(0, 0.5, 1_500)
    ]
    return _texts(pl.Series(texts))


def _texts(texts: pl.Series) -> Table:
    different = texts.str.to_lowercase().str.extract_all(_LITTLE).list.n_unique().cast(pl.Float64)
    ties = np.arange(len(texts)) / len(texts)
    return Table(rows=texts.alias("text").to_frame(), score=different.to_numpy() + ties)


@dataclass(kw_only=True)
class Life:
    """One classifier from its first rows on, in a folder of its own; where a verb refuses, life goes on without it.

    Labels are drawn by lot, ``rarer`` of them "yes"; where ``signal`` is set they follow from the features, half "yes".
    """

    folder: Path
    tables: Mapping[str, Table]
    rng: np.random.Generator
    metric: Metric = "accuracy"
    rarer: float = 0.5
    signal: bool = False
    given: list[pl.DataFrame] = field(default_factory=list)
    """Every table that was handed in, as it was handed in."""
    refusals: list[str] = field(default_factory=list)
    """What was refused, in the words of the refusal."""
    _open: Classifier | None = None
    _files: int = 0

    # Rows

    def rows(self, table: TableName, count: int) -> pl.DataFrame:
        """So many rows of a table, no row twice, labelled."""
        found = self.tables[table]
        places = self.rng.choice(len(found.score), min(count, len(found.score)), replace=False)
        return self.labelled(found.rows[places.tolist()], signal=found.score[places])

    def labelled(self, rows: pl.DataFrame, *, signal: Floats64, lot: Floats64 | None = None) -> pl.DataFrame:
        """Rows with labels that follow from a score of each: ``signal``, or else ``lot``, by default drawn for each."""
        score = signal if self.signal else self.rng.random(rows.height) if lot is None else lot
        yes = score > np.quantile(score, 0.5 if self.signal else 1 - self.rarer)
        return rows.with_columns(pl.Series(LABEL, np.where(yes, "yes", "no")))

    # The spec

    def learns(self, rows: pl.DataFrame, kinds: Mapping[str, str] | None = None, **sections: Mapping[str, Any]) -> None:
        """From now on learn from the columns of these rows, each of its natural kind but those named in ``kinds``."""
        columns = {name: _kind(series) for name, series in rows.to_dict().items() if name != LABEL} | dict(kinds or {})
        family = "linear.v1" if "text" in columns.values() else "boosted.v1"
        body = {
            "columns": columns,
            "search": {"trials": 2, "folds": 2, **sections.get("search", {})},
            "gate": {"metric": self.metric},
            "split": sections.get("split", {}),
        }
        lines = ['name = "leaks"', f'label = "{LABEL}"', "[[candidates]]", f'family = "{family}"']
        for section, keys in body.items():
            lines += [f"[{section}]", *(f"{json.dumps(key)} = {json.dumps(value)}" for key, value in keys.items())]
        (self.folder / "ratchet.toml").write_text("\n".join(lines) + "\n")
        self.close()

    @property
    def classifier(self) -> Classifier:
        """The classifier by the spec of now."""
        if self._open is None:
            self._open = ratchet.open(self.folder, tracking_uri="off", engine="inline", workers=1)
        return self._open

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    # Its verbs

    def ingest(self, rows: pl.DataFrame, *, form: Literal["csv", "parquet"] = "csv", correct: bool = False) -> None:
        """Hand rows in as a file; with ``correct``, its labels take the place of earlier ones."""
        self.given.append(rows)
        self._files += 1
        path = self.folder / f"rows_{self._files}.{form}"
        if form == "csv":
            rows.write_csv(path)
        else:
            rows.write_parquet(path)
        self.attempt(lambda: self.classifier.ingest(str(path), correct=correct))

    def ingest_by_sql(self, rows: pl.DataFrame) -> None:
        """Hand rows in by way of a table of a database."""
        self.given.append(rows)
        path = self.folder / "rows.db"
        marks = ", ".join("?" for _ in rows.columns)
        with closing(sqlite3.connect(path)) as base:
            base.execute(f"create table rows ({', '.join(rows.columns)})")
            base.executemany(f"insert into rows values ({marks})", rows.rows())
            base.commit()
        self.attempt(lambda: self.classifier.ingest(f"sqlite:///{path}?table=rows"))

    def train(self) -> None:
        self.attempt(self.classifier.train)

    def rotate(self) -> None:
        self.attempt(self.classifier.rotate)

    def put_in_service(self) -> None:
        """The newest version becomes champion by an override, so that something answers."""

        def override() -> None:
            newest = self.classifier.versions()[0].number
            self.classifier.promote(newest, reason="something has to answer", override=True)

        if self.attempt(self.classifier.champion) is None:
            self.attempt(override)

    def feed_back(self, rows: pl.DataFrame, chosen: Callable[[str, str], bool] = lambda *_: True) -> None:
        """Ask for answers, and say the labels of those that ``chosen`` (answer, label) picks; then take them in."""
        asked = rows.drop(LABEL).to_dicts()
        answers: Sequence[Prediction] = self.attempt(lambda: self.classifier.predict(asked)) or ()
        kept = []
        for place, (answer, label) in enumerate(zip(answers, rows[LABEL], strict=False)):
            if chosen(answer.label, label):
                kept.append(place)
                self.attempt(partial(self.classifier.feedback, answer.id, label))
        self.given.append(rows[kept])
        self.attempt(self.classifier.ingest_feedback)

    def attempt(self, verb: Callable[[], T]) -> T | None:
        """What a verb gives; a refusal is kept, unless it says that this bench has written its spec wrong."""
        try:
            return verb()
        except (SpecError, SettingsError):
            raise
        except RatchetError as error:
            self.refusals.append(str(error).splitlines()[0])
            return None

    # What came of it

    @property
    def promoted(self) -> bool:
        """Whether the gate ever promoted a version."""
        return any(event.event == "promoted" and not event.override for event in self.classifier.ledger())

    @property
    def versions(self) -> int:
        """How many versions were trained."""
        return len(self.classifier.versions())

    @property
    def best(self) -> tuple[float, float] | None:
        """The metric on the holdout and that of guessing, of the version furthest above it; None if none was asked.

        Of versions that were held they are as rounded as they are shown to everybody.
        """
        cards = [version.scorecard for version in self.classifier.versions()]
        pairs = [
            (card.metrics[self.metric].value, card.baselines["majority.v1"][self.metric].value)
            for card in cards
            if self.metric in card.metrics
        ]
        return max(pairs, key=lambda pair: pair[0] - pair[1], default=None)

    @property
    def kept_out(self) -> int:
        """How many of the rows handed in are neither learned from nor held out."""
        frame = self.attempt(self.classifier.frame)
        used = 0 if frame is None else int(frame["_side"].is_in(["train", "tune", "holdout"]).sum())
        return max(0, sum(rows.height for rows in self.given) - used)

    @property
    def learned(self) -> list[str]:
        """The features of the spec of now."""
        return [name for name, kind in self.classifier.spec.columns.items() if kind.is_feature]


def _kind(series: pl.Series) -> str:
    if series.dtype.is_temporal():
        return "date"
    return "number" if series.dtype.is_numeric() else "text" if series.name == "text" else "category"
