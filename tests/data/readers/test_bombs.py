"""Small files that unpack to gigabytes, or to millions of broken rows: read in flat memory, or refused in words."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

MOST_MB = 350
"""What reading may take beyond the libraries: some blocks and batches, wherever the file would unpack to."""

READ = """
import json, resource, sys
from ratchet.data.readers.read import read
from ratchet.errors import DataError
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
before, rows, bad, said = peak(), 0, 0, ""
try:
    for batch in read(sys.argv[1]):
        rows, bad = rows + batch.frame.height, bad + len(batch.bad)
except DataError as error:
    said = str(error)
print(json.dumps({"rows": rows, "bad": bad, "said": said, "mb": peak() - before}))
"""


def outcome(path: Path) -> dict[str, Any]:
    done = subprocess.run([sys.executable, "-c", READ, str(path)], capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["mb"] < MOST_MB, found
    return found


def repeated(path: Path) -> None:
    rows = 6_000_000
    frame = pl.DataFrame({"label": pl.repeat("a", rows, eager=True), "text": pl.repeat("x" * 500, rows, eager=True)})
    frame.write_parquet(path)


def short_rows(path: Path) -> None:
    path.write_text("text,b\n" + "a\n" * 1_000_000)


def stray_quote(path: Path) -> None:
    path.write_text('text,b\nx,"y" z\n' + "a\n" * 1_000_000)


def deep(path: Path) -> None:
    path.write_text('{"a": 1}\n{"a": ' + "[" * 20_000_000 + '\n{"a": 2}\n')


def many_values(path: Path) -> None:
    path.write_text('{"a": 1}\n{"a": [' + "[]," * 15_000_000 + '[]]}\n{"a": 2}\n')


@pytest.mark.parametrize(
    ("name", "write", "rows", "bad"),
    [
        ("runs.parquet", repeated, 6_000_000, 0),
        ("short.csv", short_rows, 0, 1_000_000),
        ("quote.csv", stray_quote, 0, 1_000_001),
        ("deep.jsonl", deep, 2, 1),
        ("values.jsonl", many_values, 2, 1),
    ],
)
def test_memory_stays_flat(tmp_path: Path, name: str, write: Callable[[Path], None], rows: int, bad: int) -> None:
    write(tmp_path / name)
    found = outcome(tmp_path / name)
    assert (found["rows"], found["bad"], found["said"]) == (rows, bad, "")


def nested(depth: int) -> pl.DataFrame:
    column = pl.Series("z", [1])
    for _ in range(depth):
        column = column.implode()
    return pl.DataFrame({"y": ["a"], "z": column})


def deep_parquet(path: Path) -> None:
    nested(40).write_parquet(path)


def deep_file(path: Path) -> None:
    nested(40).write_ipc(path)


def deep_stream(path: Path) -> None:
    nested(40).write_ipc_stream(path)


def deep_beside(path: Path) -> None:
    """A schema of another kind, kept beside that of the file, which is the one that is deep."""
    stream = io.BytesIO()
    nested(40).write_ipc_stream(stream)
    content = stream.getvalue()
    schema = content[: 8 + int.from_bytes(content[4:8], "little")]
    pl.DataFrame({"y": ["a"]}).write_parquet(path, metadata={"ARROW:schema": b64encode(schema).decode()})


def listed(path: Path) -> None:
    values = pl.repeat(0, 20_000_000, dtype=pl.Int8, eager=True)
    pl.DataFrame({"y": ["a"], "list": values.implode()}).write_parquet(path)


def wide_parquet(path: Path) -> None:
    pl.DataFrame({f"c{place}": [1] for place in range(20_001)}).write_parquet(path)


def wide_csv(path: Path) -> None:
    path.write_text(",".join(f"c{place}" for place in range(300_000)) + "\n" + "1," * 299_999 + "1\n")


def wide_jsonl(path: Path) -> None:
    path.write_text(json.dumps({f"c{place}": 1 for place in range(100_000)}))


def packed(path: Path) -> None:
    with gzip.open(path, "wb", 1) as file:
        file.write(b"text,b\n")
        for _ in range(110):
            file.write(b"a" * 10_000_000)


@pytest.mark.parametrize(
    ("name", "write", "words"),
    [
        ("lists.parquet", listed, "has 20,000,000 values in the lists of the column 'list"),
        ("wide.parquet", wide_parquet, "has 20,001 columns; at most 20,000 are read"),
        ("wide.csv", wide_csv, "has 300,000 columns; at most 20,000 are read"),
        ("wide.jsonl", wide_jsonl, "has 100,000 columns; at most 20,000 are read"),
        ("deep.parquet", deep_parquet, "has a column that is nested more than 32 levels deep"),
        ("beside.parquet", deep_beside, "has a column that is nested more than 32 levels deep"),
        ("deep.arrow", deep_file, "has a column that is nested more than 32 levels deep"),
        ("deep.arrows", deep_stream, "has a column that is nested more than 32 levels deep"),
        ("packed.csv.gz", packed, "unpacks to more than 1,073,741,824 bytes"),
    ],
)
def test_what_cannot_be_read_in_flat_memory_is_refused(
    tmp_path: Path, name: str, write: Callable[[Path], None], words: str
) -> None:
    write(tmp_path / name)
    assert words in outcome(tmp_path / name)["said"]
