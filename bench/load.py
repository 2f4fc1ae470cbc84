"""A load generator: so many keep-alive connections ask so many requests, each as soon as it has its answer.

    python -m bench.load URL BODIES.jsonl --connections 100 --requests 20000

Requests are made beforehand and answers parsed no further than their length, so that a Python process can ask some
thirty thousand a second; it runs beside the server, on the same cores, as the figures of the design were taken.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvloop

END = b"\r\n\r\n"


@dataclass(frozen=True, kw_only=True)
class Load:
    """What a run measured; latencies in milliseconds."""

    connections: int
    requests: int
    failures: int
    per_second: float
    p50: float
    p99: float


class Run:
    """What the connections share."""

    def __init__(self, requests: Sequence[bytes], connections: int, count: int) -> None:
        self.requests = requests
        self.left = count
        self.open = connections
        self.failures = 0
        self.seconds: list[float] = []
        self.over = asyncio.Event()


class Connection(asyncio.Protocol):
    """One client."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._buffer = b""
        self._asked = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport  # uvloop's is no asyncio.Transport by type
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, end, body = self._buffer.partition(END)
        if not end or len(body) < int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]):
            return
        self._run.seconds.append(time.perf_counter() - self._asked)
        self._run.failures += not head.startswith(b"HTTP/1.1 200")
        self._buffer = b""
        self._ask()

    def connection_lost(self, error: Exception | None) -> None:
        self._run.failures += bool(self._run.left > 0)
        self._run.open -= 1
        if not self._run.open:
            self._run.over.set()

    def _ask(self) -> None:
        run = self._run
        if run.left <= 0:
            self._transport.close()
            return
        run.left -= 1
        self._asked = time.perf_counter()
        self._transport.write(run.requests[run.left % len(run.requests)])


async def load(url: str, bodies: Sequence[bytes], connections: int, count: int, key: str = "") -> Load:
    parts = urlsplit(url)
    head = f"POST {parts.path or '/'} HTTP/1.1\r\nhost: {parts.netloc}\r\ncontent-type: application/json\r\n"
    head += f"authorization: Bearer {key}\r\n" if key else ""
    requests = [f"{head}content-length: {len(body)}\r\n\r\n".encode() + body for body in bodies]
    run = Run(requests, connections, count)
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    for _ in range(connections):
        await loop.create_connection(lambda: Connection(run), str(parts.hostname), parts.port or 80)
    await run.over.wait()
    took = time.perf_counter() - started
    ordered = sorted(run.seconds)
    return Load(
        connections=connections,
        requests=len(ordered),
        failures=run.failures,
        per_second=round(len(ordered) / took, 1),
        p50=round(ordered[len(ordered) // 2] * 1e3, 2),
        p99=round(ordered[int(len(ordered) * 0.99)] * 1e3, 2),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("url")
    parser.add_argument("bodies", type=Path)
    parser.add_argument("--connections", type=int, default=100)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--key", default="", help="What a closed server takes.")
    chosen = parser.parse_args()
    bodies = chosen.bodies.read_bytes().splitlines()
    print(json.dumps(asdict(uvloop.run(load(chosen.url, bodies, chosen.connections, chosen.requests, chosen.key)))))


if __name__ == "__main__":
    main()
