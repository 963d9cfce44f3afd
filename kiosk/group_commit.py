"""Several writers of one process in one commit, when they come together.

A commit waits for the disk, and each costs a lock, a transaction and a flush. Whoever comes while
one is under way is written with the next, so that a slow disk makes larger groups and not a longer
queue. Nobody goes on before the commit that holds his rows returned. It knows no table.
Neighbour: ``kiosk.db``.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from kiosk.db import writing_rows
from kiosk.errors import DomainError
from kiosk.turns import aside

#: Writes rows; run again alone when somebody else's in the same group fails.
Deed = Callable[[Connection], None]


class NotCommittedError(Exception):
    """The thread that was to commit for others broke before it could."""


@dataclass(slots=True, eq=False)
class _Waiting:
    deed: Deed
    is_over: bool = False
    failure: Exception | None = None


class GroupCommit:
    """One for each application; threads of it may call ``record`` at the same time."""

    def __init__(self) -> None:
        """Nothing waits yet."""
        self._lead = threading.Lock()
        self._waiting: deque[_Waiting] = deque()

    def record(self, deed: Deed, afterwards: Callable[[], object]) -> None:
        """Run ``deed`` in a transaction with those of others, and return when it is on disk.

        ``afterwards`` is what follows a commit whatever is in it: one of the group calls his.
        Raises what the deed raised, after which nothing of it is stored; what befalls the whole
        commit (sqlalchemy.exc.OperationalError: lock or disk) is raised to each of the group.
        """
        mine = _Waiting(deed, failure=NotCommittedError())
        self._waiting.append(mine)
        with aside():
            with self._lead:
                # Whoever led before may have taken it along.
                leads = not mine.is_over
                if leads:
                    _commit([self._waiting.popleft() for _ in range(len(self._waiting))])
            if leads:
                afterwards()
        if mine.failure is not None:
            raise mine.failure


def _commit(group: list[_Waiting]) -> None:
    failure: Exception | None = None
    try:
        with writing_rows() as connection:
            for each in group:
                each.deed(connection)
    except (SQLAlchemyError, DomainError) as error:
        if len(group) > 1 and not isinstance(error, OperationalError):
            for each in group:
                _commit([each])
            return
        failure = error
    for each in group:
        each.is_over, each.failure = True, failure
