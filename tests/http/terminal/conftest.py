"""A terminal with its own folder, and a resident who uses it as a browser does."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

import kiosk.app
from forms import catalogue
from kiosk import clock
from kiosk.app import create_app
from kiosk.config import Config
from kiosk.db import db, writing
from kiosk.operators.model import Operator
from kiosk.operators.passwords import hash_password
from sync.state import Peer
from tests.http.terminal.resident import STAFF, Resident


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("releases")
    catalogue.build(catalogue.load(), folder)
    return folder


@pytest.fixture
def terminal(tmp_path: Path, shipped: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """An enrolled terminal whose hall cannot be reached and whose Redis is not there."""
    monkeypatch.setattr(kiosk.app, "SHIPPED", shipped)
    app = create_app(Config("terminal", tmp_path, redis_url=f"unix://{tmp_path}/none.sock"))
    with app.app_context():
        db.create_all()
        with writing() as session:
            session.add(
                Peer(
                    id=1,
                    hall_url="http://127.0.0.1:1",
                    hall_id="hall",
                    hall_public="00" * 64,
                    terminal_id=clock.new_id(),
                    terminal_number="100074",
                    station_code="320582100008",
                    station_name="前溪社区居委会",
                )
            )
            session.add(
                Operator(
                    id=clock.new_id(),
                    username=STAFF[0],
                    display_name="周",
                    role="staff",
                    password_hash=hash_password(STAFF[1]),
                    stations='["320582100008"]',
                    active=True,
                    version=1,
                )
            )
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def resident(terminal: Flask) -> Resident:
    return Resident(terminal)
