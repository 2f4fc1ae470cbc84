"""The tables: what Ratchet remembers.

Rows of `ledger`, `versions` and `holdout_uses` are only added; so are those of `predictions` and `feedback`, of which
only the rows of a subject that is forgotten go.  Ids sort by the moment they were made (`ratchet.clock.new_id`), so an
index that ends in an id reads newest first, and goes on from any id.
"""

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
    text,
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

SUBJECT_CHARS = 256
"""How long a subject's name may be: an index of PostgreSQL holds no more than 2,700 bytes a row."""

_named = text("subject IS NOT NULL")

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
    Column("kind", String(16), nullable=False),  # train | stage: whether what the gate lets through is promoted
    Column("state", String(16), nullable=False),  # running | stopped | finished | failed | abandoned
    Column("stage", String(32), nullable=False),  # the step it is at, or ended at
    Column("reason", Text, nullable=False),  # why it was begun
    Column("actor", String(128), nullable=False),
    Column("owner", String(128), nullable=False),  # the process at it: host, process id, when that began
    Column("started_at", Moment, nullable=False),
    Column("heartbeat_at", Moment, nullable=False),
    Column("lease_until", Moment, nullable=False),  # a running run whose lease is over may be taken up by another
    Column("finished_at", Moment),
    Column("progress", JSON),
    Column("steps", JSON, nullable=False),  # step -> what it made: ids and keys of what lies in the store
    Column("outcome", JSON),
    Column("error", Text),
    Index("runs_of_classifier", "classifier", "id"),
    Index("runs_in_state", "classifier", "state"),
)

versions = Table(
    "versions",
    metadata,
    Column("classifier", String(64), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("created_at", Moment, nullable=False),
    Column("family", String(64), nullable=False),
    Column("dataset_id", String(64), nullable=False),
    Column("learning_hash", String(64), nullable=False),
    Column("bundle_key", String(256), nullable=False),
    Column("scorecard", JSON, nullable=False),
    Column("decision", JSON, nullable=False),
    Column("run_id", String(32), nullable=False),
    Column("champion", Integer),  # the version it was held against
    Column("out_of_fold", String(256)),  # where its out-of-fold answers lie among the blobs
    Index("one_version_a_run", "classifier", "run_id", unique=True),
)

ledger = Table(
    "ledger",
    metadata,
    Column("seq", _Counter, primary_key=True, autoincrement=True),
    Column("classifier", String(64), nullable=False),
    Column("at", Moment, nullable=False),
    Column("event", String(16), nullable=False),  # promoted | rolled_back | traffic
    Column("version", Integer, nullable=False),  # the champion from then on
    Column("previous", Integer),
    Column("actor", String(128), nullable=False),
    Column("reason", Text, nullable=False),
    Column("evidence", JSON),
    Column("run_id", String(32)),
    Column("traffic", JSON),  # who answers beside the champion from then on; null: nobody
    Index("ledger_of_classifier", "classifier", "seq"),
)

holdout_uses = Table(
    "holdout_uses",
    metadata,
    Column("seq", _Counter, primary_key=True, autoincrement=True),
    Column("classifier", String(64), nullable=False),
    Column("at", Moment, nullable=False),
    Column("run_id", String(32), nullable=False),
    Column("version", Integer, nullable=False),  # the version that was judged
    Column("champion", Integer),
    Column("outcome", String(16), nullable=False),  # promote | hold | need_data
    Column("numbers", JSON, nullable=False),
    Column("kind", String(16), nullable=False, server_default="exam"),  # exam | look
    Column("generation", Integer, nullable=False, server_default="0"),  # the generation of the holdout that was asked
    Column("dataset_id", String(64), nullable=False, server_default=text("''")),  # whose held-out rows were asked
    Index("holdout_uses_of_generation", "classifier", "generation"),
    Index("one_use_a_run", "classifier", "run_id", unique=True),
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
    Column("row", JSON, nullable=False),  # the row's small cells
    Column("cells", JSON, nullable=False),  # column -> where a large cell lies among the blobs
    Column("role", String(16), nullable=False),  # answer | shadow
    Column("arm", String(64)),
    Column("caller", Text, nullable=False),
    Column("subject", String(SUBJECT_CHARS)),
    Column("tags", JSON, nullable=False),
    Index("predictions_of_classifier", "classifier", "id"),
    Index("predictions_of_label", "classifier", "label", "id"),
    Index("predictions_of_version", "classifier", "version", "id"),
    Index("predictions_of_subject", "classifier", "subject", sqlite_where=_named, postgresql_where=_named),
)

prediction_hours = Table(
    "prediction_hours",
    metadata,
    Column("classifier", String(64), primary_key=True),
    Column("hour", Moment, primary_key=True),  # when it began
    Column("version", String(16), primary_key=True),
    Column("label", Text, primary_key=True),
    Column("role", String(16), primary_key=True),
    Column("arm", String(64), primary_key=True),  # empty where traffic was not split
    Column("count", BigInteger, nullable=False),
    Column("abstained", BigInteger, nullable=False),
    Column("confidence", Float, nullable=False),  # sums over the answers, as are the next two
    Column("set_size", BigInteger, nullable=False),
    Column("ms", Float, nullable=False),
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
    Column("source", String(16), nullable=False),  # user | expert | outcome | import
    Column("subject", String(SUBJECT_CHARS)),
    Index("feedback_of_subject", "classifier", "subject", sqlite_where=_named, postgresql_where=_named),
)

forgotten = Table(
    "forgotten",
    metadata,
    Column("classifier", String(64), primary_key=True),
    Column("digest", String(64), primary_key=True),  # of the subject, whose name is not kept
    Column("at", Moment, nullable=False),  # records of the subject up to this moment are not taken any more
)

keys = Table(
    "keys",
    metadata,
    Column("id", String(16), primary_key=True),  # its readable prefix
    Column("digest", String(64), nullable=False),  # SHA-256 of the key, which is kept nowhere
    Column("name", String(128), nullable=False),  # whose it is
    Column("role", String(16), nullable=False),  # user | labeller | developer | admin
    Column("scopes", JSON),  # the classifiers it opens; null: all
    Column("created_at", Moment, nullable=False),
    Column("created_by", String(128), nullable=False),
    Column("expires_at", Moment),
    Column("revoked_at", Moment),
    Column("revoked_by", String(128)),
    Index("one_key_a_digest", "digest", unique=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", String(64), primary_key=True),  # SHA-256 of the cookie
    Column("key_id", String(16)),  # the key it was signed in with; null: by an identity provider
    Column("name", String(128), nullable=False),
    Column("role", String(16), nullable=False),
    Column("scopes", JSON),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),  # at the latest
    Index("sessions_of_key", "key_id"),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", _Counter, primary_key=True, autoincrement=False),  # 1, 2, 3 ... without a gap
    Column("at", Moment, nullable=False),
    Column("actor", String(128), nullable=False),
    Column("via", String(16), nullable=False),  # local | key | session | open
    Column("key_id", String(16)),
    Column("address", String(64)),
    Column("action", String(64), nullable=False),
    Column("classifier", String(64)),
    Column("target", Text, nullable=False),  # what it was done to
    Column("before", JSON),
    Column("after", JSON),
    Column("previous", String(64), nullable=False),  # the digest of the entry before
    Column("digest", String(64), nullable=False),  # of all of this
    Index("audit_of_classifier", "classifier", "seq"),
    Index("audit_of_action", "classifier", "action", "seq"),
)

usage_hours = Table(
    "usage_hours",
    metadata,
    Column("hour", Moment, primary_key=True),  # when it began
    Column("classifier", String(64), primary_key=True),  # empty where none was asked
    Column("caller", String(128), primary_key=True),  # the key's name
    Column("route", String(64), primary_key=True),
    Column("label", Text, primary_key=True),  # the class answered; empty where no single row was
    Column("requests", BigInteger, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("refused", BigInteger, nullable=False),  # of the requests, those answered with 4xx or 5xx
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("name", String(64), primary_key=True),  # what is delivered, and a digest of where to
    Column("seq", _Counter, nullable=False),  # the last that was taken
    Column("owner", String(32), nullable=False),  # who delivers
    Column("lease_until", Moment, nullable=False),  # from then on another may
)
