"""The same spec and the same code on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

import ratchet
from tests.stories.scenes import quicken


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_from_a_table_to_logged_answers_on_postgresql(tmp_path: Path, table: Path, database_url: str) -> None:
    ratchet.init(str(table), "outcome", root=tmp_path, name="loans")
    quicken(tmp_path)
    with ratchet.open(tmp_path, database_url=database_url, tracking_uri="off") as classifier:
        assert classifier.train(str(table)).outcome == "promote"
        answers = classifier.predict(classifier.examples(3))
    with ratchet.open(tmp_path, database_url=database_url, tracking_uri="off") as classifier:
        assert classifier.champion() == "1"
        classifier.feedback(answers[0].id, "good", actor="a clerk")
    assert not (tmp_path / ".ratchet" / "ratchet.db").exists()
    engine = sa.create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        logged = set(connection.execute(sa.text("select id from predictions")).scalars())
    engine.dispose()
    assert logged == {answer.id for answer in answers}
