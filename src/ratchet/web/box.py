"""What the HTTP door asks of the system behind it: these verbs and no others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from ratchet.data.schema import Schema
from ratchet.predictions.spool import Spooled
from ratchet.serving.answering import Answered, Counts
from ratchet.serving.prediction import Prediction


class Box(Protocol):
    """One classifier, with everything that belongs to it.

    Promises: every method may be called from several threads at once; each raises `ratchet.errors.RatchetError` and
    nothing else for what a caller can cause; what is returned can be written as JSON by msgspec.
    """

    @property
    def name(self) -> str:
        """The classifier's name, as in the address."""
        ...

    def schema(self) -> Schema:
        """The columns and classes of what is served now (of the spec, while there is no champion)."""
        ...

    def predict(self, rows: Sequence[Mapping[str, Any]]) -> list[Prediction]:
        """An answer per row, each in the log before this returns.

        Raises `RowError` that locates every mistake, `UnavailableError` while there is no champion.
        """
        ...

    def predict_file(self, source: str) -> Iterator[Answered]:
        """The answers to a file's rows, batch by batch, logged likewise; rows that cannot be read are set aside."""
        ...

    def champion(self, at: datetime | None = None) -> str | None:
        """The version that answers now, or that answered at a moment."""
        ...

    def info(self) -> Mapping[str, Any]:
        """What the classifier is: name, classes with their display names, columns, champion, family, metrics."""
        ...

    def versions(self) -> Sequence[Any]:
        """Every registered version, newest first."""
        ...

    def scorecard(self, version: str) -> Any:
        """A version's scorecard; raises `NotFoundError` where there is none."""
        ...

    def ledger(self) -> Sequence[Any]:
        """Every change of champion, oldest first."""
        ...

    def feedback(self, prediction_id: str, label: str, *, actor: str) -> Mapping[str, Any]:
        """Keep the true label of an answer that was given.

        Raises `NotFoundError` for an id that was never answered, `RowError` for a label that is no class.
        """
        ...

    def health(self) -> Mapping[str, Any]:
        """``live`` and ``ready`` (booleans), ``version``, and ``problems``: a sentence for each thing that is wrong."""
        ...

    def counts(self) -> Counts:
        """Answers given by this process, missing values and unknown categories by column."""
        ...

    def spooled(self) -> Spooled:
        """Answers logged by this process, and what of the log is waiting."""
        ...

    def tend(self) -> None:
        """Called about once a second: ship the log, look for a new champion.  Never raises."""
        ...
