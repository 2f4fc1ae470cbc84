"""Which families and encoders are worth naming in a draft: what each reaches on training folds, alone and together.

    python -m bench.families CASE [--rows 10000] [--budget 600s] [FAMILY[=ENCODER_OF_TEXTS] ...]

Drafts, edits the candidates, and trains by the command line in a fresh folder; prints the best trial of each candidate
and the members of each ensemble with their weights.  Scores are those of folds of the training rows: what a draft names
is chosen by them, never by a holdout.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from bench.learning.cases import CASES, DATA, Case
from bench.learning.ours import run

EVERY = ("linear", "boosted", "forest", "svm", "network", "ensemble")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("case", choices=[case.name for case in CASES])
    parser.add_argument("families", nargs="*", default=EVERY)
    parser.add_argument("--rows", type=int, help="a sample of so many rows")
    parser.add_argument("--budget", default="600s")
    options = parser.parse_args(arguments)
    case = next(each for each in CASES if each.name == options.case)
    with tempfile.TemporaryDirectory() as scratch:
        table = _table(Path(scratch), case, options.rows)
        run(Path(scratch), "init", str(table), "--label", "label")
        _name(Path(scratch) / "ratchet.toml", options.families, options.budget)
        version = run(Path(scratch), "train", str(table))["version"]
        for line in _lines(run(Path(scratch), "show", version, "--trials")["trials"]):
            print(line)


def _table(folder: Path, case: Case, rows: int | None) -> Path:
    path = folder / f"{case.table}.parquet"
    frame = pl.read_parquet(DATA / path.name).drop(case.drop, strict=False)
    frame = frame if rows is None else frame.sample(min(rows, frame.height), seed=3)
    frame.write_parquet(path)
    return path


def _name(spec: Path, families: Sequence[str], budget: str) -> None:
    """Name these candidates in place of the drafted ones, one trial each besides the ways of encoding."""
    text = re.sub(r"(?m)^\[\[candidates\]\]\n(?:\w.*\n)*", "", spec.read_text("utf-8"))
    text = re.sub(r'(?m)^budget = "[^"]*"', f'budget = "{budget}"', text)
    text = re.sub(r"(?m)^trials = \d+", f"trials = {len(families) + 1}", text)
    for each in families:
        name, _, encoder = each.partition("=")
        text += f'\n[[candidates]]\nfamily = "{name}.v1"\n' + (
            f'encoders = {{ text = "{encoder}" }}\n' if encoder else ""
        )
    spec.write_text(text, encoding="utf-8")


def _lines(trials: Sequence[dict[str, Any]]) -> Iterator[str]:
    best: dict[int, dict[str, Any]] = {}
    for each in trials:
        if each["state"] == "finished":
            best.setdefault(each["candidate"], each)
            if members := each["params"].get("members"):
                yield f"{each['score']:.4f}  {each['family']} ({each['params']['way']}) of"
                for member, weight in zip(members, each["params"]["weights"], strict=True):
                    yield f"        {weight:.2f}  {member['family']} {_read(member)}"
    for each in best.values():
        yield f"{each['score']:.4f}  {each['family']} {_read(each)}  {each['seconds']:.1f} s"


def _read(trial: dict[str, Any]) -> str:
    return " ".join(sorted({*trial["encoders"].values()}))


if __name__ == "__main__":
    main()
