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
from types import TracebackType

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from kiosk.db import writing_rows
from kiosk.turns import aside

#: What befalls a commit whoever is in it: the lock or the disk.
_BEFALLS = (OperationalError, OSError)
#: Writes rows; run again alone when somebody else's in the same group fails.
Deed = Callable[[Connection], None]


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
        commit (sqlalchemy.exc.OperationalError or OSError: lock or disk) is raised to each of the
        group. Whoever is ended while he commits for others leaves them to the next.
        """
        mine = _Waiting(deed)
        self._waiting.append(mine)
        with aside():
            with self._lead:
                # Whoever led before may have taken it along.
                leads = not mine.is_over
                if leads:
                    self._lead_for(mine)
            if leads:
                afterwards()
        if mine.failure is not None:
            raise mine.failure

    def _lead_for(self, mine: _Waiting) -> None:
        group = [self._waiting.popleft() for _ in range(len(self._waiting))]
        try:
            _commit(group)
        finally:
            left = [each for each in group if not each.is_over and each is not mine]
            self._waiting.extendleft(reversed(left))


class _Attempt:
    """Keeps what a deed raised for whom it is due to, as a future does: it may be another thread's.

    Nothing is lost by it: `record` raises it there. What ends a thread (SystemExit) passes.
    """

    failure: Exception | None = None

    def __enter__(self) -> "_Attempt":
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> bool:
        if isinstance(error, Exception):
            self.failure = error
        return self.failure is not None


def _commit(group: list[_Waiting]) -> None:
    """Write the group, or each alone when one deed fails, be it by a bug."""
    with _Attempt() as attempt, writing_rows() as connection:
        for each in group:
            each.deed(connection)
    if attempt.failure and len(group) > 1 and not isinstance(attempt.failure, _BEFALLS):
        for each in group:
            _commit([each])
        return
    for each in group:
        each.is_over, each.failure = True, attempt.failure
