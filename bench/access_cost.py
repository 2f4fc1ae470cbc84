"""What keys and limits cost: requests a second of an open server and of one with keys and four limits, by turns.

    python -m bench.access_cost [--requests 20000] [--connections 100] [--rounds 5] [--json]

Two servers of one model answer the same tweets in turn, one of them `--open`; told are the best round of
each and the median of the rounds' ratios, since what else runs on the machine slows a whole round.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import tempfile
from pathlib import Path

import ratchet
from bench.serving import measure, prepare

LIMITS = """
[access]
per_minute = 100_000_000
rows_per_minute = 100_000_000
per_day = 100_000_000
address_per_minute = 100_000_000
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
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
        rounds = [(one(without, bodies, chosen), one(limited, bodies, chosen, key)) for _ in range(chosen.rounds)]
    found = {
        "connections": chosen.connections,
        "without": max(pair[0] for pair in rounds),
        "limited": max(pair[1] for pair in rounds),
        "ratio": round(statistics.median(limited / without for without, limited in rounds), 3),
        "ratios": [round(limited / without, 3) for without, limited in rounds],
    }
    if chosen.json:
        print(json.dumps(found, indent=1))
    else:
        print(
            f"{found['without']:,.0f} requests/s open, {found['limited']:,.0f} with keys and four limits; "
            f"{found['ratio']:.3f} of them (median of {found['ratios']})"
        )


def one(folder: Path, bodies: Path, chosen: argparse.Namespace, key: str = "") -> float:
    """Requests a second of one server, begun for this."""
    (run,) = measure("ratchet", folder, bodies, [chosen.connections], chosen.requests, key=key)
    return float(run["per_second"])


if __name__ == "__main__":
    main()
