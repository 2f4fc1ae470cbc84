"""Uses of a holdout know their generation and the rows they asked; versions, whom they were held against."""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("versions", sa.Column("champion", sa.Integer))
    op.add_column("versions", sa.Column("out_of_fold", sa.String(256)))
    op.add_column("holdout_uses", sa.Column("kind", sa.String(16), nullable=False, server_default="exam"))
    op.add_column("holdout_uses", sa.Column("generation", sa.Integer, nullable=False, server_default="0"))
    op.add_column("holdout_uses", sa.Column("dataset_id", sa.String(64), nullable=False, server_default=sa.text("''")))
    op.create_index("holdout_uses_of_generation", "holdout_uses", ["classifier", "generation"])
    op.drop_index("holdout_uses_of_holdout", "holdout_uses")
    _tell_old_uses()
    op.drop_column("holdout_uses", "holdout_id")


def _tell_old_uses() -> None:
    """The uses there are: their generation stands in the holdout's id, their rows are those of the version judged."""
    uses = sa.table(
        "holdout_uses",
        *map(sa.column, ("seq", "classifier", "holdout_id", "version", "champion", "generation", "dataset_id")),
    )
    versions = sa.table("versions", *map(sa.column, ("classifier", "number", "dataset_id", "champion")))
    connection = op.get_bind()
    for use in connection.execute(sa.select(uses)).all():
        mine = (versions.c.classifier == use.classifier, versions.c.number == use.version)
        dataset_id = connection.scalar(sa.select(versions.c.dataset_id).where(*mine)) or ""
        found = re.search(r"\.g(\d+)\.", use.holdout_id)
        told = {"generation": int(found[1]) if found else 0, "dataset_id": dataset_id}
        connection.execute(sa.update(uses).where(uses.c.seq == use.seq).values(**told))
        connection.execute(sa.update(versions).where(*mine).values(champion=use.champion))
