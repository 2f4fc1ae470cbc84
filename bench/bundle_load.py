"""How long opening a bundle takes: a text model of 10^5 n-grams, every byte hashed and checked.

    python bench/bundle_load.py [--features 100000] [--classes 3] [--json]

Learns from made-up texts that hold at least so many different words and pairs of words, writes the bundle, and opens it
in fresh processes (the file already in memory, as after a deployment): the first opening of each, imports not counted.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from ratchet.clock import rng
from ratchet.data.schema import Schema
from ratchet.features.encoder import Target
from ratchet.kinds.kind import Kind
from ratchet.models.encoded import Encoded
from ratchet.models.family import LabelledRows
from ratchet.models.learner import fit
from ratchet.models.recipe import Recipe
from ratchet.registry import bundle
from ratchet.spec import parse

OPEN = """
import sys, time
from pathlib import Path
from ratchet.registry import bundle
start = time.perf_counter()
bundle.read(Path(sys.argv[1]))
print((time.perf_counter() - start) * 1000)
"""
PROCESSES = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--features", type=int, default=100_000)
    parser.add_argument("--classes", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        made = make(Path(folder) / "bundle", chosen.features, chosen.classes)
        command = [sys.executable, "-c", OPEN, str(Path(folder) / "bundle")]
        spent = [float(subprocess.check_output(command)) for _ in range(PROCESSES)]
    result = {**made, "classes": chosen.classes, "median_ms": float(np.median(spent)), "worst_ms": max(spent)}
    print(json.dumps(result) if chosen.json else as_text(result))


def make(folder: Path, features: int, classes: int) -> dict[str, Any]:
    """Write a bundle whose encoder has at least that many outputs, and say how large it is."""
    chance, rows = rng("bundle load"), max(2_000, features // 3)
    words = np.array([f"word{at}" for at in range(features // 5)])
    texts = [" ".join(words[chance.zipf(1.3, 30) % len(words)]) for _ in range(rows)]
    labels = chance.integers(0, classes, rows).astype(np.int32)
    kinds = {"text": Kind.TEXT}
    recipe = Recipe.plan("linear.v1", kinds)
    learned = LabelledRows(columns={"text": texts}, kinds=kinds, target=Target(labels, classes))
    pipeline = fit(recipe, learned, seed=0, folder=folder.with_name("files"))
    names = tuple(f"class {at}" for at in range(classes))
    bundle.write(
        folder,
        spec=parse(
            {"name": "load", "label": "y", "columns": {"text": "text"}, "candidates": [{"family": "linear.v1"}]}
        ),
        schema=Schema(columns=kinds, label="y", classes=names),
        recipe=recipe,
        pipeline=pipeline,
        dataset_id="d",
        split_id="s",
    )
    return {
        "features": pipeline.encoder.widths[1] if isinstance(pipeline, Encoded) else 0,
        "mb": bundle.look(folder)[1].bytes / 1e6,
    }


def as_text(result: dict[str, Any]) -> str:
    return (
        f"{result['features']:,} n-grams, {result['classes']} classes, {result['mb']:.1f} MB on disk: "
        f"opened in {result['median_ms']:.1f} ms (median of {PROCESSES} processes; worst {result['worst_ms']:.1f} ms)"
    )


if __name__ == "__main__":
    main()
