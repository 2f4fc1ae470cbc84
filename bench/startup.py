"""What it costs to begin: importing, asking for help, being ready to answer, and the room the core install takes.

    python -m bench.startup [--runs 7] [--write]

Each time is the median of whole processes, run one after the other.  Ready means that the first request is answered,
counted from starting the command.  The install is made in a fresh environment with uv, as it is without extras.
"""

from __future__ import annotations

import argparse
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import ratchet
from bench.page import put

ROOT = Path(__file__).parents[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    options = parser.parse_args()
    rows = ["| what | measured | goal |", "|---|---:|---:|"]
    print("\n".join(rows))
    for row in measured(options.runs):
        rows.append(row)
        print(row, flush=True)
    if options.write:
        put("startup", "\n".join(rows))


def measured(runs: int) -> Iterator[str]:
    """A row of the table for each figure."""
    bare = _median(runs, lambda: _command("-c", "pass"))
    imported = _median(runs, lambda: _command("-c", "import ratchet"))
    yield f"| `import ratchet` (a bare `python` takes {bare:.2f} s of it) | {imported:.2f} s | < 0.3 s |"
    helped = _median(runs, lambda: _command("-m", "ratchet.cli", "--help"))
    yield f"| `ratchet --help` | {helped:.2f} s | < 0.5 s |"
    with tempfile.TemporaryDirectory() as scratch:
        for what in ("numbers", "texts"):
            folder = Path(scratch) / what
            folder.mkdir()
            _champion(folder, text=what == "texts")
            ready = _median(runs, partial(_ready, folder))
            yield f"| `ratchet serve` ready, with a champion of {what} | {ready:.2f} s | < 2 s |"
        yield f"| core install | {_install(Path(scratch)):.0f} MiB | reported |"


def _median(runs: int, timed: Callable[[], float]) -> float:
    timed()
    return statistics.median(timed() for _ in range(runs))


def _command(*words: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def _champion(folder: Path, *, text: bool) -> None:
    import numpy as np
    import polars as pl
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer()
    labels = [str(bunch.target_names[each]) for each in bunch.target]
    if text:
        chance = np.random.default_rng(0)
        words = [f"word{index}" for index in range(400)]
        lines = [" ".join([label[:4], *chance.choice(words, 20)]) for label in labels]
        frame = pl.DataFrame({"text": lines, "label": labels})
    else:
        columns = {str(name): bunch.data[:, index] for index, name in enumerate(bunch.feature_names)}
        frame = pl.DataFrame(columns | {"label": labels})
    table = folder / "table.csv"
    frame.write_csv(table)
    ratchet.init(str(table), "label", root=folder)
    with ratchet.open(folder, tracking_uri="off") as classifier:
        decision = classifier.train(str(table))
        if decision.outcome != "promote":
            classifier.promote("1", reason="only its start is measured", override=True)


def _ready(folder: Path) -> float:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    start = time.perf_counter()
    server = subprocess.Popen(
        [sys.executable, "-m", "ratchet.cli", "-C", str(folder), "serve", "--open", "--port", str(port)],
        stderr=subprocess.DEVNULL,
    )
    try:
        while time.perf_counter() - start < 60:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
                    return time.perf_counter() - start
            except OSError:
                time.sleep(0.01)
        raise SystemExit("the server did not get ready within a minute")
    finally:
        server.terminate()
        server.wait()


def _install(scratch: Path) -> float:
    environment = scratch / "core"
    subprocess.run(["uv", "venv", "--quiet", "--python", sys.executable, str(environment)], check=True)
    command = ["uv", "pip", "install", "--quiet", "--python", str(environment / "bin" / "python"), str(ROOT)]
    subprocess.run(command, check=True)
    return sum(path.lstat().st_blocks * 512 for path in environment.rglob("*") if not path.is_symlink()) / 2**20


if __name__ == "__main__":
    main()
