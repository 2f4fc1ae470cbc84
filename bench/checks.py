"""How long the data checks take: a million rows of 15 columns, and near-duplicates among 50,000 reviews.

    python -m bench.checks [--rows 1000000] [--plain]

The table is made from a seed and holds one of each kind of trouble.  ``--plain`` also times, on the same rows and in
the same run, what one would write with pandas and scikit-learn for the part of the checks that has a one-liner there.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import os
import re
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import psutil

from ratchet.data import checks
from ratchet.data.near.duplicates import near_duplicate_groups
from ratchet.data.near.minhash import BANDS, ROWS
from ratchet.data.schema import Schema
from ratchet.kinds.kind import Kind
from ratchet.progress import Progress

DATA = Path(os.environ.get("RATCHET_DATA", Path(__file__).parents[2] / "shared" / "data"))
_REVIEWS = 3_000
KINDS = {
    "note": Kind.TEXT,
    "amount": Kind.NUMBER,
    "balance": Kind.NUMBER,
    "age": Kind.NUMBER,
    "visits": Kind.NUMBER,
    "ratio": Kind.NUMBER,
    "score": Kind.NUMBER,
    "counter": Kind.NUMBER,
    "country": Kind.CATEGORY,
    "channel": Kind.CATEGORY,
    "product": Kind.CATEGORY,
    "segment": Kind.CATEGORY,
    "customer": Kind.CATEGORY,
    "constant": Kind.CATEGORY,
    "opened": Kind.DATE,
}


def table(rows: int, seed: int = 0) -> tuple[pl.DataFrame, Schema]:
    """Rows as an ingest would give them, with copies, near copies, an id, a counter, a constant and empty cells."""
    rng = np.random.default_rng(seed)
    words = np.array(["".join(rng.choice(list("abcdefghijklmnoprstuvw"), rng.integers(3, 9))) for _ in range(5_000)])
    drawn = words[(5_000 * rng.random((rows, 8)) ** 2).astype(int)]
    notes = drawn[:, 0]
    for place in range(1, drawn.shape[1]):
        notes = np.char.add(np.char.add(notes, " "), drawn[:, place])
    amount = rng.gamma(2.0, 100.0, rows)
    balance = rng.normal(0, 1_000, rows)
    ratio = rng.random(rows)
    product = rng.integers(0, 300, rows)
    chance = 1 / (1 + np.exp(-(balance / 500 + 2 * ratio - 3 + (product % 7) / 4)))
    opened = datetime(2020, 1, 1).timestamp() * 1e6 + rng.integers(0, 5 * 365 * 86_400, rows) * 1e6
    frame = pl.DataFrame(
        {
            "note": pl.Series(notes).set(pl.Series(rng.random(rows) < 0.01), None),
            "amount": amount.round(2),
            "balance": balance.round(2),
            "age": rng.integers(18, 90, rows).astype(float),
            "visits": rng.poisson(3, rows).astype(float),
            "ratio": pl.Series(ratio).set(pl.Series(rng.random(rows) < 0.05), None),
            "score": rng.normal(0, 1, rows),
            "counter": np.arange(rows, dtype=float),
            "country": rng.choice(["de", "fr", "it", "es", "pl"], rows),
            "channel": rng.choice(["web", "shop", "phone"], rows, p=[0.8, 0.15, 0.05]),
            "product": pl.Series(product).cast(pl.String),
            "segment": rng.choice(["a", "b", "c", "d"], rows),
            "customer": pl.Series(rng.permutation(rows)).cast(pl.String),
            "constant": ["yes"] * rows,
            "opened": pl.Series(opened.astype(np.int64)).cast(pl.Datetime("us")),
            "label": pl.Series(rng.random(rows) < chance).replace_strict({True: "good", False: "bad"}),
        }
    )
    copies = rng.integers(0, rows, rows // 100)
    frame = pl.concat([frame[: rows - len(copies)], frame[copies]])
    return frame, Schema(columns=KINDS, label="label", classes=("bad", "good"))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--plain", action="store_true")
    options = parser.parse_args(arguments)
    frame, schema = table(options.rows)
    print(f"{frame.height:,} rows x {len(KINDS)} columns, {frame.estimated_size() / 2**20:,.0f} MiB")
    ours, findings, each = checked(frame, schema)
    print(f"all checks: {ours:.1f} s, {len(findings)} findings")
    print("  " + ", ".join(f"{name} {seconds:.1f}" for name, seconds in each.items() if seconds >= 0.3))
    if options.plain:
        plain = timed(lambda: straightforward(frame, schema))
        print(
            f"pandas + scikit-learn, a part of the checks (see `straightforward`): {plain:.1f} s, {plain / ours:.1f}x"
        )
    if (DATA / "imdb.parquet").exists():
        imdb = pl.read_parquet(DATA / "imdb.parquet")
        seconds = reviews(imdb)
        if options.plain:
            each_took = timed(lambda: minhash(imdb["text"].head(_REVIEWS).to_list())) / _REVIEWS
            print(
                f"MinHash and buckets a text at a time (as datasketch does), no verification: {_REVIEWS:,} reviews at "
                f"{each_took * 1e3:.2f} ms each, so about {each_took * imdb.height:.0f} s for all by rule of three, "
                f"{each_took * imdb.height / seconds:.1f}x"
            )


def checked(frame: pl.DataFrame, schema: Schema) -> tuple[float, tuple[Any, ...], dict[str, float]]:
    """Seconds, findings and seconds by check; prints by how much memory grew at its peak."""
    each: dict[str, float] = {}
    begun: dict[str, float] = {}

    def report(progress: Progress) -> None:
        now = time.perf_counter()
        for earlier in set(begun) - set(each):
            each[earlier] = now - begun[earlier]
        begun[progress.note] = now

    found: list[tuple[Any, ...]] = []
    with Peak() as peak:
        seconds = timed(lambda: found.append(checks.run(frame, schema, progress=report)))
    print(f"memory grew by {peak.grown:,.0f} MiB at its peak")
    return seconds, found[0], each


def straightforward(frame: pl.DataFrame, schema: Schema) -> None:
    """Equal rows, conflicting labels, one-column leaks by a small tree, empty and damaged texts, doubted labels."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict
    from sklearn.tree import DecisionTreeClassifier

    rows = _pandas(frame)
    features = list(schema.features)
    rows.duplicated(features).sum()
    (rows.groupby(features, dropna=False, sort=False)[schema.label].nunique() > 1).sum()
    labels = rows[schema.label].to_numpy()
    for name in features:
        values = rows[name]
        if name == "note":
            continue
        codes = values.astype("category").cat.codes if values.dtype.kind not in "fM" else values
        numbers = codes.astype("int64") if codes.dtype.kind == "M" else codes.fillna(-1)
        cross_val_predict(DecisionTreeClassifier(max_depth=6), numbers.to_numpy().reshape(-1, 1), labels, cv=3)
        values.nunique()
        values.isna().mean()
    rows["note"].fillna("").str.strip().eq("").sum()
    rows["note"].str.contains("Ã.|â€|\ufffd", regex=True).sum()
    part = rows.sample(20_000, random_state=0)
    matrix = TfidfVectorizer().fit_transform(part["note"].fillna(""))
    cross_val_predict(LogisticRegression(), matrix, part[schema.label], cv=4, method="predict_proba")


def reviews(imdb: pl.DataFrame) -> float:
    """Near-duplicates among the reviews, and how many there are."""
    groups: list[Any] = []
    schema = Schema(columns={"text": Kind.TEXT}, label="label")
    with Peak() as peak:
        seconds = timed(lambda: groups.append(near_duplicate_groups(imdb, schema)))
    sizes = np.bincount(groups[0])
    print(
        f"near-duplicates among {imdb.height:,} reviews: {seconds:.1f} s, memory grew by {peak.grown:,.0f} MiB; "
        f"{int((sizes > 1).sum()):,} groups with {int(sizes[sizes > 1].sum()):,} rows"
    )
    return seconds


def minhash(texts: Sequence[str]) -> None:
    """The signature and the buckets of each text, text by text: SHA-1 of each pair of words, minima in NumPy."""
    rng = np.random.default_rng(0)
    factors, offsets = rng.integers(1, 1 << 32, (2, BANDS * ROWS, 1), dtype=np.uint64)
    buckets: list[dict[bytes, list[int]]] = [{} for _ in range(BANDS)]
    for place, text in enumerate(texts):
        words = ["", *re.findall(r"\w+", text.lower()), ""]
        pairs = {f"{one} {other}" for one, other in itertools.pairwise(words)}
        hashes = [int.from_bytes(hashlib.sha1(pair.encode()).digest()[:4], "little") for pair in pairs]
        least = ((np.array(hashes, dtype=np.uint64) * factors + offsets) & np.uint64(0xFFFFFFFF)).min(axis=1)
        for band, bucket in enumerate(buckets):
            bucket.setdefault(least[band * ROWS : (band + 1) * ROWS].tobytes(), []).append(place)


class Peak:
    """How much resident memory grew, in MiB, watched twenty times a second."""

    grown = 0.0

    def __enter__(self) -> Peak:
        self._before, self._done = _resident(), threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._watch.join()

    def _look(self) -> None:
        while not self._done.wait(0.05):
            self.grown = max(self.grown, _resident() - self._before)


def _resident() -> float:
    return float(psutil.Process().memory_info().rss / 2**20)


def _pandas(frame: pl.DataFrame) -> Any:
    import pandas as pd

    return pd.DataFrame({name: frame.get_column(name).to_list() for name in frame.columns})


def timed(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()
