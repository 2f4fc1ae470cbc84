"""Those who ask, and remember every answer that they saw."""

from __future__ import annotations

import json
import math
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPException, IncompleteRead
from urllib.parse import urlsplit

from tests.faults.server import PATIENCE_SECONDS, wait

ROW = b'{"text": "a fine film"}'


class Clients:
    """So many connections, each of which asks again once it has its answer, until told to stop or cut off.

    With ``rows`` above 1 they ask for batches of that many, as lines, and each whole line that came is an answer.
    """

    def __init__(self, address: str, connections: int, rows: int = 1, row: bytes = ROW, pause: float = 0) -> None:
        self.answers: dict[str, str] = {}
        """id -> version of every answer seen."""
        self.refused: Counter[int] = Counter()
        """How often each other status came."""
        self.cut: list[float] = []
        """When each request was sent that got no whole answer, in seconds of `time.monotonic`."""
        self._address = urlsplit(address).netloc
        self._rows, self._row, self._pause = rows, row, pause
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._ask) for _ in range(connections)]

    def until(self, answers: int) -> None:
        """Wait for so many answers in all, or until every client was cut off."""
        wait(lambda: len(self.answers) >= answers or not self.alive, f"{answers} answers in all")

    def more(self, answers: int) -> None:
        """Wait for so many answers more."""
        self.until(len(self.answers) + answers)

    def until_refused(self, most: int) -> None:
        """Wait for a refusal, or for so many answers more where nothing is refused."""
        before, most = self.refused.total(), len(self.answers) + most
        wait(lambda: self.refused.total() > before or len(self.answers) >= most or not self.alive, "a refusal")

    @property
    def alive(self) -> bool:
        """Whether anybody still asks."""
        return any(each.is_alive() for each in self._threads)

    def failed(self, until: float = math.inf) -> int:
        """Requests that got another status than 200, or were sent before a moment and got none."""
        return self.refused.total() + sum(sent < until for sent in self.cut)

    def stop(self) -> None:
        """Let each have the answer to what it has asked, and end."""
        self._stop.set()
        for each in self._threads:
            each.join()

    def start(self) -> None:
        for each in self._threads:
            each.start()

    def _ask(self) -> None:
        connection = HTTPConnection(self._address, timeout=PATIENCE_SECONDS)
        path, form = ("/predict", "json") if self._rows == 1 else ("/predict/batch", "x-ndjson")
        body = b"\n".join([self._row] * self._rows)
        with closing(connection):
            while not self._stop.is_set():
                try:
                    connection.request("POST", path, body, {"Content-Type": f"application/{form}"})
                except OSError:  # nobody is there to be asked
                    return
                if not self._answered(connection):
                    return
                self._stop.wait(self._pause)

    def _answered(self, connection: HTTPConnection) -> bool:
        """Whether a whole answer came to what was asked."""
        sent = time.monotonic()
        try:
            response = connection.getresponse()
            self._note(response.status, response.read())
        except (HTTPException, OSError) as error:
            with self._lock:
                self.cut.append(sent)
            if isinstance(error, IncompleteRead):
                self._note(response.status, error.partial)
            return False
        return True

    def _note(self, status: int, body: bytes) -> None:
        if status != 200:
            with self._lock:
                self.refused[status] += 1
            self._stop.wait(0.05)
            return
        lines = body.splitlines(keepends=True) if self._rows > 1 else [body]
        with self._lock:
            for line in lines:
                if line.endswith((b"\n", b"}")):
                    answer = json.loads(line)
                    if "id" in answer:
                        self.answers[answer["id"]] = answer["version"]
                    else:  # the stream had begun when something broke
                        self.refused[answer["problem"]["status"]] += 1


@contextmanager
def asking(address: str, connections: int, rows: int = 1, row: bytes = ROW, pause: float = 0) -> Iterator[Clients]:
    """Clients that ask during the block and have ended after it."""
    clients = Clients(address, connections, rows, row, pause)
    clients.start()
    try:
        yield clients
    finally:
        clients.stop()


def post(address: str, path: str, body: bytes, form: str = "application/json") -> int:
    """Ask once; the status."""
    with closing(HTTPConnection(urlsplit(address).netloc, timeout=PATIENCE_SECONDS)) as connection:
        connection.request("POST", path, body, {"Content-Type": form})
        response = connection.getresponse()
        response.read()
        return response.status
