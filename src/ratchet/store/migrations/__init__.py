"""How the tables became what they are: one Alembic revision a change, run when a database is opened."""
