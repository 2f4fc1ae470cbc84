"""What keys and limits cost: an open server beside one with keys and four limits, by turns.

    python -m bench.access_cost [--requests 5000] [--connections 100] [--rounds 20] [--json]

Two servers of one model answer the same tweets in many short turns, one of them `--open`.  Told are medians over the
rounds: the ratio of requests a second, and microseconds of processor that a request took, which what else runs on the
machine disturbs less.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

import ratchet
from bench.serving import Running, load, prepare, server

LIMITS = """
[access]
per_minute = 100_000_000
rows_per_minute = 100_000_000
per_day = 100_000_000
address_per_minute = 100_000_000
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--requests", type=int, default=5_000)
    parser.add_argument("--connections", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as name:
        without, limited = Path(name) / "without", Path(name) / "limited"
        without.mkdir()
        bodies = prepare(without)
        shutil.copytree(without, limited)
        with (limited / "ratchet.toml").open("a") as spec:
            spec.write(LIMITS)
        with ratchet.open(limited, tracking_uri="off") as classifier:
            key = classifier.access.keys.add("bench").secret
        with server("ratchet", without) as first, server("ratchet", limited, key) as second:
            rounds = [(one(first, bodies, chosen), one(second, bodies, chosen, key)) for _ in range(chosen.rounds)]
    found = told(rounds)
    print(json.dumps(found, indent=1) if chosen.json else as_text(found))


def one(running: Running, bodies: Path, chosen: argparse.Namespace, key: str = "") -> tuple[float, float]:
    """Requests a second of a server, and its seconds of processor for each of them."""
    before = running.processor_seconds()
    run = load(running.url, bodies, chosen.connections, chosen.requests, key)
    return run["per_second"], (running.processor_seconds() - before) / run["requests"]


def told(rounds: Sequence[tuple[tuple[float, float], tuple[float, float]]]) -> dict[str, float]:
    """The medians of the rounds."""
    return {
        "open_per_second": statistics.median(first[0] for first, _ in rounds),
        "limited_per_second": statistics.median(second[0] for _, second in rounds),
        "ratio": round(statistics.median(second[0] / first[0] for first, second in rounds), 3),
        "open_us": round(statistics.median(first[1] for first, _ in rounds) * 1e6, 1),
        "limited_us": round(statistics.median(second[1] for _, second in rounds) * 1e6, 1),
        "processor_ratio": round(statistics.median(first[1] / second[1] for first, second in rounds), 3),
    }


def as_text(found: dict[str, float]) -> str:
    return (
        f"requests/s: {found['open_per_second']:,.0f} open, {found['limited_per_second']:,.0f} with keys and four "
        f"limits, {found['ratio']:.3f} of them; processor: {found['open_us']} us a request, {found['limited_us']}, "
        f"so {found['processor_ratio']:.3f} as many for the same"
    )


if __name__ == "__main__":
    main()
