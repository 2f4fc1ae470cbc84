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


def upgrade() -> None:
    _what_was_made()
    _what_was_decided()
    _what_was_answered()


def _what_was_made() -> None:
    op.create_table(
        "datasets",
        sa.Column("classifier", sa.String(64), primary_key=True),
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("parents", sa.JSON, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("manifest", sa.JSON, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("classifier", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("stage", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("actor", sa.String(128), nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("heartbeat_at", _MOMENT, nullable=False),
        sa.Column("lease_until", _MOMENT, nullable=False),
        sa.Column("owner", sa.String(256), nullable=False),
        sa.Column("finished_at", _MOMENT),
        sa.Column("progress", sa.JSON),
        sa.Column("steps", sa.JSON, nullable=False),
        sa.Column("outcome", sa.JSON),
        sa.Column("error", sa.Text),
    )
    op.create_index("runs_of_classifier", "runs", ["classifier", "state", "id"])
    op.create_table(
        "versions",
        sa.Column("classifier", sa.String(64), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("family", sa.String(64), nullable=False),
        sa.Column("dataset_id", sa.String(64), nullable=False),
        sa.Column("learning_hash", sa.String(16), nullable=False),
        sa.Column("bundle_key", sa.String(256), nullable=False),
        sa.Column("scorecard", sa.JSON, nullable=False),
        sa.Column("decision", sa.JSON, nullable=False),
        sa.Column("run_id", sa.String(32), nullable=False),
        sa.Column("tracking_id", sa.String(64)),
    )
    op.create_index("version_of_run", "versions", ["classifier", "run_id"], unique=True)


def _what_was_decided() -> None:
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
    op.create_index("ledger_of_run", "ledger", ["classifier", "run_id"], unique=True)
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
    op.create_index("holdout_use_of_run", "holdout_uses", ["classifier", "run_id"], unique=True)


def _what_was_answered() -> None:
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
    )
    op.create_index("predictions_of_classifier", "predictions", ["classifier", "at"])
    op.create_table(
        "feedback",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("classifier", sa.String(64), nullable=False),
        sa.Column("prediction_id", sa.String(32), nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("actor", sa.String(128), nullable=False),
    )
    op.create_index("ix_feedback_prediction_id", "feedback", ["prediction_id"])
