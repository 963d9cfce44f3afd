"""Alembic's entry: the schema of both roles, from the one metadata."""

from alembic import context
from flask import current_app

from sync.faultpoint import reach
from sync.tables import Base

ENGINE = current_app.extensions["migrate"].db.engine


def run() -> None:
    """Migrate in one transaction, so that a kill leaves the old schema or the new one."""
    with ENGINE.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            transactional_ddl=True,
            on_version_apply=lambda **_: reach("migration.step"),
        )
        with context.begin_transaction():
            context.run_migrations()


run()
