"""Is a model ever promoted on labels drawn by lot?  Every way rows leak, told to the real ingest, training and gate.

    python -m bench.leaks [WAY ...] [--tries 5] [--seed 0] [--workers 2] [--write]

Each try takes rows of a real table (`RATCHET_DATA`: the folder of the data sets), gives them labels by lot, hands them
in the way that is tried (`bench.leak_ways`), trains, and looks whether anything was promoted: it must be never.  Tries
take turns between accuracy with even classes and macro-F1 with 30 % in the rarer one.  Two columns show that the bench
can see.  *By memory*: the accuracy of a nearest neighbour where the rows as handed in are split by lot; far above
guessing, the way leaks.  *With a signal*: how often the same way is promoted where labels follow from the features;
where nothing leaks it must be always.  Exits 1 where either fails.  ``--write`` puts the table into docs/evidence.md.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import zlib
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import polars.selectors as cs

from bench.leak_lives import LABEL, Life, Metric, Table, tables
from bench.leak_ways import CONTROLS, WAYS, Way

EVIDENCE = Path(__file__).parents[1] / "docs" / "evidence.md"
_BEGIN, _END = "<!-- leaks -->", "<!-- /leaks -->"
_GATES: tuple[tuple[Metric, float], ...] = (("accuracy", 0.5), ("macro_f1", 0.3))
"""The gate's metric and the share of the rarer class, in turn."""
_WITH_SIGNAL = 2
"""Tries with a signal, one for each gate."""


@dataclass(frozen=True, kw_only=True)
class Try:
    """What came of one try of a way."""

    promoted: bool
    versions: int
    """How many were trained."""
    best: tuple[float, float] | None
    """The metric on the holdout of the version furthest above guessing, and of guessing; None where none was asked."""
    kept_out: int
    """Rows handed in that are neither learned from nor held out."""
    memory: float
    """The accuracy of a nearest neighbour where the rows as handed in are split by lot."""
    refusals: tuple[str, ...]


def tried(way: Way, number: int, given: Mapping[str, Table], *, seed: int = 0, signal: bool = False) -> Try:
    """One try of a way, the ``number``-th with this seed."""
    metric, rarer = _GATES[number % len(_GATES)]
    rng = np.random.default_rng([seed, number, zlib.crc32(way.__name__.encode())])
    with tempfile.TemporaryDirectory() as folder:
        life = Life(folder=Path(folder), tables=given, rng=rng, metric=metric, rarer=rarer, signal=signal)
        try:
            way(life)
            return Try(
                promoted=life.promoted, versions=life.versions, best=life.best, kept_out=life.kept_out,
                memory=by_memory(life), refusals=tuple(life.refusals),
            )  # fmt: skip
        finally:
            life.close()


def by_memory(life: Life) -> float:
    """The accuracy of the nearest neighbour's label on a fifth of the rows handed in, drawn by lot."""
    from sklearn.neighbors import KNeighborsClassifier

    rows = pl.concat(life.given, how="diagonal_relaxed")
    encoded, labels = _encoded(rows.select(name for name in life.learned if name in rows.columns)), rows[LABEL]
    order = np.random.default_rng(0).permutation(rows.height)
    ask, learn = np.split(order, [rows.height // 5])
    nearest = KNeighborsClassifier(n_neighbors=1).fit(encoded[learn], labels[learn])
    return float(nearest.score(encoded[ask], labels[ask]))


def _encoded(rows: pl.DataFrame) -> Any:
    """Numbers as standard scores beside the pieces of words."""
    from scipy.sparse import csr_matrix, hstack
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import StandardScaler

    numbers = rows.select(cs.numeric().cast(pl.Float64), cs.temporal().dt.timestamp().cast(pl.Float64))
    words = rows.select(cs.string().fill_null("").str.normalize("NFKC"))
    parts = []
    if numbers.width:
        filled = numbers.fill_nan(None).fill_null(0.0).to_numpy()
        parts.append(csr_matrix(StandardScaler().fit_transform(filled)))
    if words.width:
        joined = words.select(pl.concat_str(pl.all(), separator=" ").alias("words"))["words"]
        parts.append(TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4)).fit_transform(joined.to_list()))
    return hstack(parts).tocsr()


@dataclass(frozen=True, kw_only=True)
class Row:
    """All tries of one way."""

    name: str
    tries: Sequence[Try]
    signal: Sequence[Try]

    @property
    def promoted(self) -> int:
        return sum(each.promoted for each in self.tries)

    @property
    def refusals(self) -> list[str]:
        """What was refused on labels drawn by lot, each sentence once."""
        return list(dict.fromkeys(f"{self.name}: {words}" for each in self.tries for words in each.refusals))

    def __str__(self) -> str:
        scores = [each.best for each in self.tries if each.best is not None]
        score, guess = max(scores, key=lambda pair: pair[0] - pair[1], default=(np.nan, np.nan))
        best = f"{score:.2f} / {guess:.2f}" if scores else "not asked"
        memory = np.mean([each.memory for each in self.tries])
        kept_out = np.mean([each.kept_out for each in self.tries])
        refused = sum(bool(each.refusals) for each in self.tries)
        seen = f"{sum(each.promoted for each in self.signal)} of {len(self.signal)}"
        return (
            f"| {self.name} | {self.promoted} of {len(self.tries)} | {best} | {memory:.2f} | {kept_out:,.0f} | "
            f"{refused} | {seen} |"
        )


_HEAD = (
    "| way | promoted | best holdout score / guessing | by memory | rows kept out | refused | with a signal |\n"
    "|---|---|---|---|---|---|---|"
)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ways", nargs="*", metavar="WAY", help="parts of the names of ways; all by default")
    parser.add_argument("--tries", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2, help="tries side by side")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args(arguments)
    if options.write and options.ways:
        parser.error("--write puts the whole table there: name no ways")
    print(_HEAD)
    rows = []
    with ProcessPoolExecutor(options.workers, mp_context=get_context("spawn")) as pool:
        for name in _chosen(options.ways):
            rows.append(_row(name, options.tries, options.seed, pool))
            print(rows[-1], flush=True)
    print("\n".join(["", *(line for row in rows for line in row.refusals)]))
    if options.write:
        write("\n".join([_HEAD, *map(str, rows)]))
    return verdict(rows)


def _chosen(parts: Sequence[str]) -> list[str]:
    """The names of the ways that have one of these parts; of all, where there are none."""
    return [name for name in {**CONTROLS, **WAYS} if not parts or any(part in name for part in parts)]


def _row(name: str, tries: int, seed: int, pool: Executor) -> Row:
    by_lot = pool.map(partial(_task, name, seed, False), range(tries))
    signal = pool.map(partial(_task, name, seed, True), range(_WITH_SIGNAL))
    return Row(name=name, tries=tuple(by_lot), signal=tuple(signal))


def _task(name: str, seed: int, signal: bool, number: int) -> Try:
    return tried({**CONTROLS, **WAYS}[name], number, _tables(), seed=seed, signal=signal)


_tables = cache(tables)
"""Read once in each process."""


def verdict(rows: Sequence[Row]) -> int:
    """0 where nothing was promoted that must not be, and everything that must; else 1."""
    leaky = [row.name for row in rows if row.promoted]
    blind = [row.name for row in rows if row.name in CONTROLS and not all(each.promoted for each in row.signal)]
    tries = sum(len(row.tries) for row in rows)
    print(f"{sum(row.promoted for row in rows)} of {tries} tries promoted a model on labels drawn by lot", end="")
    print(f": {'; '.join(leaky)}" if leaky else "")
    if blind:
        print(f"not promoted though nothing leaks and labels follow from the features: {'; '.join(blind)}")
    return 1 if leaky or blind else 0


def write(table: str) -> None:
    """Put the table between its markers in docs/evidence.md, where they are there."""
    page = EVIDENCE.read_text(encoding="utf-8")
    if _BEGIN in page:
        before, rest = page.split(_BEGIN, 1)
        EVIDENCE.write_text(f"{before}{_BEGIN}\n{table}\n{_END}{rest.split(_END, 1)[1]}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
