"""The tables: what Ratchet remembers.  Rows of `ledger`, `versions`, `predictions` and `feedback` are only added."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)


class Moment(TypeDecorator[datetime]):
    """A point in time: UTC in, UTC out, on databases that keep time zones and on those that do not."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_Counter = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData()

datasets = Table(
    "datasets",
    metadata,
    Column("classifier", String(64), primary_key=True),
    Column("id", String(64), primary_key=True),
    Column("parents", JSON, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("manifest", JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("classifier", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),  # running | finished | failed | abandoned
    Column("stage", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", String(128), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("heartbeat_at", Moment, nullable=False),
    Column("lease_until", Moment, nullable=False),
    Column("owner", String(256), nullable=False),
    Column("finished_at", Moment),
    Column("progress", JSON),
    Column("steps", JSON, nullable=False),
    Column("outcome", JSON),
    Column("error", Text),
    Index("runs_of_classifier", "classifier", "state", "id"),
)

versions = Table(
    "versions",
    metadata,
    Column("classifier", String(64), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("created_at", Moment, nullable=False),
    Column("family", String(64), nullable=False),
    Column("dataset_id", String(64), nullable=False),
    Column("learning_hash", String(16), nullable=False),
    Column("bundle_key", String(256), nullable=False),
    Column("scorecard", JSON, nullable=False),
    Column("decision", JSON, nullable=False),
    Column("run_id", String(32), nullable=False),
    Column("tracking_id", String(64)),
    Index("version_of_run", "classifier", "run_id", unique=True),
)

ledger = Table(
    "ledger",
    metadata,
    Column("seq", _Counter, primary_key=True, autoincrement=True),
    Column("classifier", String(64), nullable=False),
    Column("at", Moment, nullable=False),
    Column("event", String(16), nullable=False),  # promoted | rolled_back
    Column("version", Integer, nullable=False),
    Column("previous", Integer),
    Column("actor", String(128), nullable=False),
    Column("reason", Text, nullable=False),
    Column("evidence", JSON),
    Column("run_id", String(32)),
    Index("ledger_of_classifier", "classifier", "seq"),
    Index("ledger_of_run", "classifier", "run_id", unique=True),
)

holdout_uses = Table(
    "holdout_uses",
    metadata,
    Column("seq", _Counter, primary_key=True, autoincrement=True),
    Column("classifier", String(64), nullable=False),
    Column("holdout_id", String(64), nullable=False),
    Column("at", Moment, nullable=False),
    Column("run_id", String(32), nullable=False),
    Column("version", Integer, nullable=False),
    Column("champion", Integer),
    Column("outcome", String(16), nullable=False),
    Column("numbers", JSON, nullable=False),
    Index("holdout_uses_of_holdout", "classifier", "holdout_id"),
    Index("holdout_use_of_run", "classifier", "run_id", unique=True),
)

predictions = Table(
    "predictions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("classifier", String(64), nullable=False),
    Column("version", String(16), nullable=False),
    Column("at", Moment, nullable=False),
    Column("label", Text, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("scores", JSON, nullable=False),
    Column("set", JSON, nullable=False),
    Column("abstained", Boolean, nullable=False),
    Column("ms", Float, nullable=False),
    Column("row", JSON, nullable=False),
    Index("predictions_of_classifier", "classifier", "at"),
)

feedback = Table(
    "feedback",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("classifier", String(64), nullable=False),
    Column("prediction_id", String(32), nullable=False, index=True),
    Column("label", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("actor", String(128), nullable=False),
)
