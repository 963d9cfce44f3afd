"""How the hall asks its database: what looks at it only holds nothing open, and leaves nothing."""

from sqlalchemy import func, select

from kiosk.db import glancing
from kiosk.operators.model import Operator
from tests.builders.machines import Machine


def test_a_glance_at_postgresql_stands_in_no_transaction(a_hall):
    """There `now()` is the beginning of the transaction, and so the same as long as one lasts."""
    with a_hall("postgresql").app.app_context(), glancing() as session:
        moments = {session.scalar(select(func.now())) for _ in range(3)}
    assert len(moments) == 3


def test_a_glance_writes_nothing(hall: Machine):
    with hall.app.app_context():
        with glancing() as session:
            before = session.scalar(select(func.count()).select_from(Operator))
            session.add(Operator(id="x", username="x", display_name="x", role="admin"))
            session.scalar(select(Operator.id))
        with glancing() as session:
            assert session.scalar(select(func.count()).select_from(Operator)) == before
