"""The typed HTTP client of a Ratchet server, for programs that have nothing else of Ratchet to do with.

>>> from ratchet.client import Client
>>> with Client("http://127.0.0.1:8000", key="rk_...") as client:    # doctest: +SKIP
...     answer = client.predict({"text": "A delight."})
...     client.feedback(answer.id, "pos")

`AsyncClient` has the same verbs, awaited.  It imports nothing of the rest of Ratchet.
"""

from ratchet.client.asynchronous import AsyncClient
from ratchet.client.errors import (
    AddressError,
    ClientError,
    InvalidError,
    MissingError,
    NotAllowedError,
    ProblemError,
    ServerError,
    TooManyError,
    UnreachableError,
)
from ratchet.client.retry import Retry
from ratchet.client.synchronous import Client
from ratchet.client.values import Answer, ClassName, Health, Info, Kept, Mistake, NotKept, Score, Version

__all__ = [
    "AddressError", "Answer", "AsyncClient", "ClassName", "Client", "ClientError", "Health", "Info", "InvalidError",
    "Kept", "MissingError", "Mistake", "NotAllowedError", "NotKept", "ProblemError", "Retry", "Score", "ServerError",
    "TooManyError", "UnreachableError", "Version",
]  # fmt: skip
