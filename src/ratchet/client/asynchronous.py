"""The client of programs that do something else meanwhile: the same verbs, awaited."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self, overload

import httpx

from ratchet.client.calls import (
    Call,
    Row,
    about,
    health_call,
    info_call,
    label_call,
    labels_calls,
    lines_call,
    row_call,
    rows_calls,
    versions_call,
)
from ratchet.client.errors import error_of
from ratchet.client.frames import Frame, is_frame, joined, parts
from ratchet.client.retry import AGAIN, Retry, may_repeat, retry_after
from ratchet.client.sending import T, headers_of, options, prefix, result, unreachable
from ratchet.client.values import Answer, Health, Info, Kept, NotKept, Version

Tags = Mapping[str, str]


class AsyncClient:
    """Asks a server; of one event loop."""

    def __init__(
        self,
        address: str,
        *,
        key: str | None = None,
        classifier: str | None = None,
        timeout: float = 60.0,
        connections: int = 20,
        retry: Retry | None = None,
        **more: Any,
    ) -> None:
        """``address`` is the server's; ``classifier`` names one of several, else the default one is asked.

        ``connections`` are kept at most; ``more`` goes to httpx.AsyncClient (``verify``, ``proxy``).
        """
        self._http = httpx.AsyncClient(**options(address, key, timeout, connections, more))
        self._prefix = prefix(classifier)
        self._retry = retry or Retry()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    @overload
    async def predict(self, rows: Row, *, subject: str | None = None, tags: Tags | None = None) -> Answer: ...
    @overload
    async def predict(
        self, rows: Sequence[Row], *, subject: str | None = None, tags: Tags | None = None
    ) -> list[Answer]: ...
    @overload
    async def predict(self, rows: Frame, *, subject: str | None = None, tags: Tags | None = None) -> Frame: ...
    async def predict(self, rows: Any, *, subject: str | None = None, tags: Tags | None = None) -> Any:
        """The answer to a row, those to a list of rows, or to a frame a frame of its kind (`frames.COLUMNS`).

        A list is refused whole where a row of it is wrong (`InvalidError`); a row of a frame that is wrong has an
        ``error`` in the place of its answer.  ``subject`` is whose rows they are, ``tags`` what to find them by.
        """
        said = about(subject, tags)
        if isinstance(rows, Mapping):
            return await self._send(row_call(rows, said))
        if is_frame(rows):
            items = [each for part in parts(rows) for each in await self._send(lines_call(part, said))]
            return joined(rows, items)
        return [each for call in rows_calls(rows, said) for each in await self._send(call)]

    async def feedback(self, prediction_id: str, label: str, *, source: str = "user") -> Kept:
        """Keep the true label of an answer; said again, it is not kept twice."""
        return await self._send(label_call(prediction_id, label, source))

    async def feedback_all(self, labels: Mapping[str, str], *, source: str = "user") -> list[Kept | NotKept]:
        """Keep the true labels of many answers, by their ids; each as it was kept, or why it was not."""
        return [each for call in labels_calls(labels, source) for each in await self._send(call)]

    async def info(self) -> Info:
        """What the classifier is."""
        return await self._send(info_call())

    async def versions(self) -> list[Version]:
        """Every version, newest first."""
        return await self._send(versions_call())

    async def health(self) -> Health:
        """Whether requests are answered, and what is wrong."""
        return await self._send(health_call())

    async def _send(self, call: Call[T]) -> T:
        attempt = 0
        while True:
            attempt += 1
            try:
                answer = await self._http.request(
                    call.method, f"{self._prefix}{call.path}", content=call.content, headers=headers_of(call)
                )
            except httpx.TransportError as error:
                wait = self._retry.wait(attempt, None) if may_repeat(error, idempotent=call.idempotent) else None
                if wait is None:
                    raise unreachable(error, attempt) from error
            else:
                if answer.status_code in call.codes:
                    return result(call, answer.content)
                after = retry_after(answer.headers)
                wait = self._retry.wait(attempt, after) if answer.status_code in AGAIN else None
                if wait is None:
                    raise error_of(answer.status_code, answer.content, after)
            await asyncio.sleep(wait)
