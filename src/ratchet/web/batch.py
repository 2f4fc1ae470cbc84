"""``POST predict/batch``: many rows in one request, as a JSON array, NDJSON, CSV or Parquet, answered as a stream.

A JSON array is taken whole or not at all: one mistake, and all are listed in a 422.  The other formats are files: each
good row is answered, and each row that cannot be read has a line that says why in its place.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from itertools import chain

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import StreamingResponse

from ratchet.classifier import Answered, Classifier, Context, requests
from ratchet.errors import RatchetError
from ratchet.web.asgi import asked
from ratchet.web.asking import EVERY_CLASS, context_of
from ratchet.web.bodies import decode_rows, read_body, stream_body
from ratchet.web.kept import KeptBody, folder_of
from ratchet.web.lines import CSV, JSON, NDJSON, Problem, answer_kind, lines
from ratchet.web.metering import Meter
from ratchet.web.problems import problem
from ratchet.web.threads import Threads

MOST_ROWS = 50_000
"""The longest JSON array; longer ones are better sent as NDJSON or Parquet, which stream."""

SUFFIXES = {
    NDJSON: ".jsonl",
    "application/ndjson": ".jsonl",
    "application/jsonl": ".jsonl",
    CSV: ".csv",
    "application/vnd.apache.parquet": ".parquet",
    "application/x-parquet": ".parquet",
}
_ORIGIN = "the request body"
"""What messages call the file that a body is kept in for a while: its path is no business of the sender."""
ACCEPTED = (JSON, *SUFFIXES)


async def predict_batch(request: Request, classifier: Classifier, threads: Threads) -> StreamingResponse:
    """Answer a body of rows; raises `RatchetError` for what is wrong before the first answer leaves."""
    context = context_of(request.scope["headers"], request.scope["query_string"], caller=request.state.who.name)
    kind: str = request.state.kind
    meter: Meter = request.state.meter
    answer = lines(answer_kind(request.headers.get("accept", "*/*"), kind), classifier.schema().classes)
    if kind == JSON:
        body = await read_body(request.receive)
        if answer.kind == CSV:  # it has a column for every class
            context = msgspec.structs.replace(context, top=EVERY_CLASS)
        answered = await threads.run(_answer_array, classifier, body, context, meter)
        return StreamingResponse(threads.each(answer.write([answered])), media_type=answer.kind)
    kept = await threads.run(KeptBody, folder_of(classifier), SUFFIXES[kind])
    try:
        async for part in stream_body(request.receive):
            await run_in_threadpool(kept.write, part)
        file = classifier.answer_file(str(kept.path), context, _ORIGIN, admit=meter.admit)
        answers = await threads.run(_begun, meter.counted(file))
    except BaseException:
        kept.remove()
        raise
    written = answer.write(_ended(answers, asked(request.scope)))
    return StreamingResponse(_then_gone(threads.each(written), kept), media_type=answer.kind)


def _answer_array(classifier: Classifier, body: bytes, context: Context, meter: Meter) -> Answered:
    rows = decode_rows(body, most_rows=MOST_ROWS)
    meter.admit(len(rows))
    predictions = classifier.answer(requests(classifier.name, rows, context))
    meter.count(predictions)
    return Answered(predictions=predictions, rows=list(range(1, len(rows) + 1)), bad=())


def _begun(answers: Iterator[Answered]) -> Iterator[Answered]:
    """The same answers, the first of them made already, so that an early error can still be the whole response."""
    first = next(answers, None)
    return answers if first is None else chain([first], answers)


def _ended(answers: Iterator[Answered], request: str) -> Iterator[Answered | Problem]:
    """An error after the first answers ends the stream with a line of its own: the status is long on its way."""
    try:
        yield from answers
    except RatchetError as error:
        yield problem(error, request)


async def _then_gone(written: AsyncIterator[bytes], kept: KeptBody) -> AsyncIterator[bytes]:
    try:
        async for part in written:
            yield part
    finally:
        await run_in_threadpool(kept.remove)
