"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_COUNTER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_NAMED = sa.text("subject IS NOT NULL")


def upgrade() -> None:
    _datasets()
    _runs()
    _versions()
    _ledger()
    _holdout_uses()
    _predictions()
    _prediction_hours()
    _feedback()
    _forgotten()


def _datasets() -> None:
    op.create_table(
        "datasets",
        sa.Column("classifier", sa.String(64), primary_key=True),
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("parents", sa.JSON, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("manifest", sa.JSON, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
    )


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("classifier", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("stage", sa.String(32), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("actor", sa.String(128), nullable=False),
        sa.Column("owner", sa.String(128), nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("heartbeat_at", _MOMENT, nullable=False),
        sa.Column("lease_until", _MOMENT, nullable=False),
        sa.Column("finished_at", _MOMENT),
        sa.Column("progress", sa.JSON),
        sa.Column("steps", sa.JSON, nullable=False),
        sa.Column("outcome", sa.JSON),
        sa.Column("error", sa.Text),
    )
    op.create_index("runs_of_classifier", "runs", ["classifier", "id"])
    op.create_index("runs_in_state", "runs", ["classifier", "state"])


def _versions() -> None:
    op.create_table(
        "versions",
        sa.Column("classifier", sa.String(64), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("family", sa.String(64), nullable=False),
        sa.Column("dataset_id", sa.String(64), nullable=False),
        sa.Column("learning_hash", sa.String(64), nullable=False),
        sa.Column("bundle_key", sa.String(256), nullable=False),
        sa.Column("scorecard", sa.JSON, nullable=False),
        sa.Column("decision", sa.JSON, nullable=False),
        sa.Column("run_id", sa.String(32), nullable=False),
        sa.Column("tracking_id", sa.String(64)),
    )
    op.create_index("one_version_a_run", "versions", ["classifier", "run_id"], unique=True)


def _ledger() -> None:
    op.create_table(
        "ledger",
        sa.Column("seq", _COUNTER, primary_key=True, autoincrement=True),
        sa.Column("classifier", sa.String(64), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("event", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("previous", sa.Integer),
        sa.Column("actor", sa.String(128), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("evidence", sa.JSON),
        sa.Column("run_id", sa.String(32)),
    )
    op.create_index("ledger_of_classifier", "ledger", ["classifier", "seq"])


def _holdout_uses() -> None:
    op.create_table(
        "holdout_uses",
        sa.Column("seq", _COUNTER, primary_key=True, autoincrement=True),
        sa.Column("classifier", sa.String(64), nullable=False),
        sa.Column("holdout_id", sa.String(64), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("run_id", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("champion", sa.Integer),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("numbers", sa.JSON, nullable=False),
    )
    op.create_index("holdout_uses_of_holdout", "holdout_uses", ["classifier", "holdout_id"])
    op.create_index("one_use_a_run", "holdout_uses", ["classifier", "run_id"], unique=True)


def _predictions() -> None:
    op.create_table(
        "predictions",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("classifier", sa.String(64), nullable=False),
        sa.Column("version", sa.String(16), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("scores", sa.JSON, nullable=False),
        sa.Column("set", sa.JSON, nullable=False),
        sa.Column("abstained", sa.Boolean, nullable=False),
        sa.Column("ms", sa.Float, nullable=False),
        sa.Column("row", sa.JSON, nullable=False),
        sa.Column("cells", sa.JSON, nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("arm", sa.String(64)),
        sa.Column("caller", sa.Text, nullable=False),
        sa.Column("subject", sa.String(256)),
        sa.Column("tags", sa.JSON, nullable=False),
    )
    op.create_index("predictions_of_classifier", "predictions", ["classifier", "id"])
    op.create_index("predictions_of_label", "predictions", ["classifier", "label", "id"])
    op.create_index("predictions_of_version", "predictions", ["classifier", "version", "id"])
    _index_of_subjects("predictions_of_subject", "predictions")


def _prediction_hours() -> None:
    op.create_table(
        "prediction_hours",
        sa.Column("classifier", sa.String(64), primary_key=True),
        sa.Column("hour", _MOMENT, primary_key=True),
        sa.Column("version", sa.String(16), primary_key=True),
        sa.Column("label", sa.Text, primary_key=True),
        sa.Column("role", sa.String(16), primary_key=True),
        sa.Column("arm", sa.String(64), primary_key=True),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("abstained", sa.BigInteger, nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("set_size", sa.BigInteger, nullable=False),
        sa.Column("ms", sa.Float, nullable=False),
    )


def _feedback() -> None:
    op.create_table(
        "feedback",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("classifier", sa.String(64), nullable=False),
        sa.Column("prediction_id", sa.String(32), nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("actor", sa.String(128), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(256)),
    )
    op.create_index("ix_feedback_prediction_id", "feedback", ["prediction_id"])
    _index_of_subjects("feedback_of_subject", "feedback")


def _forgotten() -> None:
    op.create_table(
        "forgotten",
        sa.Column("classifier", sa.String(64), primary_key=True),
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("at", _MOMENT, nullable=False),
    )


def _index_of_subjects(name: str, table: str) -> None:
    op.create_index(name, table, ["classifier", "subject"], sqlite_where=_NAMED, postgresql_where=_NAMED)
