"""How many answers a second, with the log on, beside a plain FastAPI + joblib app and an app that does nothing.

    python -m bench.serving [--requests 20000] [--connections 10 100 500] [--rounds 3] [--json]

All three answer the same tweets (tweeteval_sentiment, about 20 words each) from linear models of 1- and 2-grams; each
has one process, and the load generator a second one.  Rounds take turns, and the best of each is told: what else runs
on the machine makes a round slower, never faster.  ``start`` is the time from the command to the first answer.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import polars as pl

import ratchet

DATA = Path(os.environ.get("RATCHET_DATA", Path(__file__).parents[2] / "shared" / "data"))
NAMES = {"ratchet": "ratchet serve", "plain": "FastAPI + joblib", "hello": "bare ASGI"}
TRAIN_ROWS = 20_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--connections", type=int, nargs="+", default=[10, 100, 500])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bodies = prepare(folder)
        runs = [
            run
            for _ in range(chosen.rounds)
            for app in NAMES
            for run in measure(app, folder, bodies, chosen.connections, chosen.requests)
        ]
    best = [
        max((run for run in runs if (run["app"], run["connections"]) == key), key=lambda run: run["per_second"])
        for key in dict.fromkeys((run["app"], run["connections"]) for run in runs)
    ]
    print(json.dumps(best, indent=1) if chosen.json else as_text(best))


def prepare(folder: Path) -> Path:
    """A workspace with a champion, a joblib file of the same kind of model, and the requests' bodies."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    rows = pl.read_parquet(DATA / "tweeteval_sentiment.parquet", columns=["text", "label"])
    train = rows.head(TRAIN_ROWS)
    train.write_parquet(folder / "tweets.parquet")
    (folder / "ratchet.toml").write_text(
        'name = "tweets"\nlabel = "label"\n[columns]\ntext = "text"\n[[candidates]]\nfamily = "linear.v1"\n'
        '[search]\ntrials = 1\nfolds = 2\nbudget = "60s"\n'
    )
    with ratchet.open(folder, engine="inline", tracking_uri="off") as classifier:
        decision = classifier.train(str(folder / "tweets.parquet"))
        if classifier.champion() is None:
            classifier.promote(str(decision.version), override=True, reason="it is only to be measured")
    pipeline = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression(max_iter=200))
    pipeline.fit(train["text"].to_list(), train["label"].to_list())
    import_module("joblib").dump(pipeline, folder / "plain.joblib")
    bodies = folder / "bodies.jsonl"
    rows.tail(2_000).select("text").write_ndjson(bodies)
    return bodies


def measure(
    app: str, folder: Path, bodies: Path, connections: Sequence[int], count: int, *, key: str = ""
) -> Iterator[dict[str, Any]]:
    with server(app, folder, key) as running:
        for each in connections:
            requests = max(count if app != "plain" else count // 10, each * 4)
            yield {"app": app, "start": running.start, **load(running.url, bodies, each, requests, key)}


def load(url: str, bodies: Path, connections: int, requests: int, key: str = "") -> dict[str, Any]:
    """What `bench.load` measures of a server that runs."""
    command = [sys.executable, "-m", "bench.load", f"{url}/predict", str(bodies)]
    command += ["--key", key, "--connections", str(connections), "--requests", str(requests)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))


@dataclass(frozen=True)
class Running:
    """A server that answers."""

    url: str
    start: float
    """Seconds from the command to the first answer."""
    pid: int

    def processor_seconds(self) -> float:
        """What it has taken of the processors so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def server(app: str, folder: Path, key: str = "") -> Iterator[Running]:
    """One server, open where it is asked without a key."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "bench.other_servers", app, str(port), "--model", str(folder / "plain.joblib")]
    if app == "ratchet":
        command = [sys.executable, "-m", "ratchet.cli", "-C", str(folder), "serve", "--port", str(port)]
        command += [] if key else ["--open"]
    started = time.perf_counter()
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env={**os.environ, "RATCHET_TRACKING_URI": "off"})
    url = f"http://127.0.0.1:{port}"
    try:
        while not answers(f"{url}/predict", key):
            if process.poll() is not None or time.perf_counter() - started > 60:
                raise SystemExit(f"{' '.join(command)} does not answer")
            time.sleep(0.01)
        yield Running(url, round(time.perf_counter() - started, 2), process.pid)
    finally:
        process.terminate()
        process.wait(timeout=60)


def answers(url: str, key: str = "") -> bool:
    headers = {"content-type": "application/json", "x-api-key": key}
    request = urllib.request.Request(url, b'{"text": "hello"}', headers)
    try:
        with urllib.request.urlopen(request, timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def as_text(best: list[dict[str, Any]]) -> str:
    speed = {(run["app"], run["connections"]): run["per_second"] for run in best}
    lines = [
        "| server | connections | requests/s | p50 ms | p99 ms | failures | x plain | x bare | start s |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for run in sorted(best, key=lambda run: (run["connections"], list(NAMES).index(run["app"]))):
        ratios = [run["per_second"] / speed[other, run["connections"]] for other in ("plain", "hello")]
        lines.append(
            f"| {NAMES[run['app']]} | {run['connections']} | {run['per_second']:,.0f} | {run['p50']} | {run['p99']} "
            f"| {run['failures']} | {ratios[0]:.1f} | {ratios[1]:.2f} | {run['start']} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
