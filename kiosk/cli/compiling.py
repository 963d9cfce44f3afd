"""``python -m kiosk.cli.compiling``: compiles the templates of both roles' pages, at set-up.

No command of ``kiosk``: whoever runs the product has no use for it. The templates are read by an
application as it serves, with nothing of the machine's own data. Neighbour:
``kiosk.pages.compiling`` says where they are kept.
"""

import tempfile
from typing import get_args

from kiosk import schema
from kiosk.app import create_app
from kiosk.config import Role, from_environment
from kiosk.pages import compiling


def main() -> None:
    """Compile, and print how many templates each role has. Idempotent."""
    for role in get_args(Role):
        with tempfile.TemporaryDirectory() as folder:
            config = from_environment(role, {"KIOSK_DATA_DIR": folder})
            schema.ensure(config)
            print(role, compiling.compile_all(create_app(config), role))


if __name__ == "__main__":
    main()
