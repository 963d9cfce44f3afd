"""``python -m kiosk.migrations ROLE DATA_DIR``: apply what is missing.

The database URL comes on standard input, because it may hold a password and a
command line can be read by everybody. Started by ``kiosk.schema.ensure``.
"""

import sys
from pathlib import Path
from typing import cast

from flask import Flask
from flask_migrate import Migrate, upgrade

from kiosk.config import Config, Role
from kiosk.db import db, init_db


def apply(app: Flask) -> None:
    """Apply every missing migration to the database of ``app``. Idempotent."""
    Migrate(app, db, directory=str(Path(__file__).parent))
    with app.app_context():
        upgrade()
        db.engine.dispose()


def main() -> None:
    """Apply to the database that command line and standard input name."""
    role, folder = sys.argv[1:3]
    config = Config(cast(Role, role), Path(folder), database_url=sys.stdin.read())
    app = Flask("kiosk")
    app.config["SQLALCHEMY_DATABASE_URI"] = config.database
    init_db(app)
    apply(app)


if __name__ == "__main__":
    main()
