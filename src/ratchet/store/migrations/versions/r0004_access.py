"""Keys and sessions, the audit, who asked how much, how far the audit was told to others, and traffic."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_Moment = sa.DateTime(timezone=True)
_Counter = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    _keys()
    _audit()
    _usage()
    _deliveries()
    op.add_column("ledger", sa.Column("traffic", sa.JSON))


def _keys() -> None:
    op.create_table(
        "keys",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("scopes", sa.JSON),
        sa.Column("created_at", _Moment, nullable=False),
        sa.Column("created_by", sa.String(128), nullable=False),
        sa.Column("expires_at", _Moment),
        sa.Column("revoked_at", _Moment),
        sa.Column("revoked_by", sa.String(128)),
    )
    op.create_index("one_key_a_digest", "keys", ["digest"], unique=True)
    op.create_table(
        "sessions",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("key_id", sa.String(16)),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("scopes", sa.JSON),
        sa.Column("created_at", _Moment, nullable=False),
        sa.Column("seen_at", _Moment, nullable=False),
        sa.Column("ends_at", _Moment, nullable=False),
    )
    op.create_index("sessions_of_key", "sessions", ["key_id"])


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", _Counter, primary_key=True, autoincrement=False),
        sa.Column("at", _Moment, nullable=False),
        sa.Column("actor", sa.String(128), nullable=False),
        sa.Column("via", sa.String(16), nullable=False),
        sa.Column("key_id", sa.String(16)),
        sa.Column("address", sa.String(64)),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("classifier", sa.String(64)),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("before", sa.JSON),
        sa.Column("after", sa.JSON),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
    )
    op.create_index("audit_of_classifier", "audit", ["classifier", "seq"])
    op.create_index("audit_of_action", "audit", ["classifier", "action", "seq"])


def _usage() -> None:
    op.create_table(
        "usage_hours",
        sa.Column("hour", _Moment, primary_key=True),
        sa.Column("classifier", sa.String(64), primary_key=True),
        sa.Column("caller", sa.String(128), primary_key=True),
        sa.Column("route", sa.String(64), primary_key=True),
        sa.Column("label", sa.Text, primary_key=True),
        sa.Column("requests", sa.BigInteger, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("refused", sa.BigInteger, nullable=False),
    )


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("seq", _Counter, nullable=False),
        sa.Column("owner", sa.String(32), nullable=False),
        sa.Column("lease_until", _Moment, nullable=False),
    )
