"""Databases as another version of the program left them."""

from collections.abc import Callable
from pathlib import Path

from flask import Flask
from flask_migrate import Migrate, downgrade, upgrade

from kiosk import migrations, schema
from kiosk.config import Config
from kiosk.db import db, init_db
from tests.builders.machines import Machine


def brought_to(config: Config, revision: str) -> None:
    """Make the database as an older version of the program left it."""
    _moved(config, upgrade, revision)


def upgraded_from(machine: Machine, revision: str) -> None:
    """Let a machine forget what older versions did not keep, and upgrade it."""
    machine.close()
    _moved(machine.parts.config, downgrade, revision)
    schema.ensure(machine.parts.config)


def _moved(config: Config, way: Callable[..., None], revision: str) -> None:
    app = Flask("kiosk")
    app.config["SQLALCHEMY_DATABASE_URI"] = config.database
    init_db(app)
    Migrate(app, db, directory=str(Path(migrations.__file__).parent))
    with app.app_context():
        way(revision=revision)
        db.engine.dispose()
