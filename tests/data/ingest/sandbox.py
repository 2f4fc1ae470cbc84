"""A workspace of its own for rows to be taken into, and rows to take in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from ratchet.data.dataset import Dataset
from ratchet.data.datasets import Datasets
from ratchet.data.ingest.ingest import ingest
from ratchet.spec import Spec, parse
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database


def spec_of(columns: dict[str, str] | None = None, **more: Any) -> Spec:
    columns = columns or {"text": "text", "n": "number"}
    return parse({"name": "t", "label": "y", "columns": columns, "candidates": [{"family": "linear.v1"}], **more})


def table(first: int, last: int) -> pl.DataFrame:
    numbers = range(first, last)
    texts = [f"row {n} says {'good' if n % 3 else 'bad'}" for n in numbers]
    return pl.DataFrame({"text": texts, "n": [n / 4 for n in numbers], "y": ["p" if n % 3 else "q" for n in numbers]})


class Sandbox:
    """A workspace of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.database = Database.open(f"sqlite:///{folder / 'ratchet.db'}")
        self.datasets = Datasets(self.database, Blobs.open(folder / "blobs"), "t")
        self.quarantine = folder / "quarantine"

    def put(self, frame: pl.DataFrame, name: str = "rows.csv") -> str:
        path = self.folder / name
        if path.suffix == ".csv":
            frame.write_csv(path)
        elif path.suffix == ".jsonl":
            frame.write_ndjson(path)
        else:
            frame.write_parquet(path)
        return str(path)

    def ingest(self, frame: pl.DataFrame, spec: Spec | None = None, name: str = "rows.csv") -> Any:
        return ingest(self.datasets, [self.put(frame, name)], spec or spec_of(), quarantine=self.quarantine)

    def sides(self, dataset: Dataset) -> dict[int, str]:
        return dict(self.datasets.frame(dataset, []).select("_id", "_side").unique().iter_rows())

    def files(self) -> dict[str, int]:
        found = [path for path in self.folder.rglob("*") if path.is_file() and "ratchet.db" not in path.name]
        return {str(path.relative_to(self.folder)): path.stat().st_size for path in sorted(found)}
