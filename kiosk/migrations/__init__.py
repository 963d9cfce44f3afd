"""The schema's history (Alembic) and the program that applies it."""
