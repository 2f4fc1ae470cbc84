"""A version is known to trackers by its run: there may be several, and none has its id kept here."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("versions", "tracking_id")
