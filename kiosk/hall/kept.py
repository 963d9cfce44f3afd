"""Answers that cost much and that many ask for: kept for a moment, made once for all who wait.

Each process of the hall keeps its own. What is small is never kept, so that a small hall always
tells the present. Neighbours: `fleet` keeps all terminals, `tabs` counts, `worklist` stations.
"""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

from flask import current_app

T = TypeVar("T")
#: As many answers are kept; whoever asks for more begins anew.
_MOST = 200


class Kept(Generic[T]):
    """The last answer to one question, and who makes the next."""

    def __init__(self) -> None:
        """Nothing was asked yet."""
        self._last: tuple[float, T] | None = None
        self._making = threading.Lock()

    def get(self, seconds: float, make: Callable[[], T], is_large: Callable[[T], bool]) -> T:
        """Return the answer as it is now, or was at most ``seconds`` ago where it is large.

        Whoever comes while the next is made takes the last, unless that is twice as old.
        """
        last = self._within(seconds)
        if last is not None:
            return last[0]
        aging = self._within(2 * seconds)
        is_mine = self._making.acquire(blocking=aging is None)
        if aging is not None and not is_mine:
            return aging[0]
        try:
            made = self._within(seconds)
            if made is not None:
                return made[0]
            began, answer = time.monotonic(), make()
            self._last = (began, answer) if is_large(answer) else None
            return answer
        finally:
            self._making.release()

    def _within(self, seconds: float) -> tuple[T] | None:
        last = self._last
        return (last[1],) if last and time.monotonic() - last[0] < seconds else None


def kept(
    question: Hashable, seconds: float, make: Callable[[], T], is_large: Callable[[T], bool]
) -> T:
    """Return the answer of ``make``, kept as ``Kept.get`` says for everybody who asks the same."""
    answers: dict[Hashable, Kept[Any]] = current_app.extensions.setdefault("hall.kept", {})
    if len(answers) > _MOST:
        answers.clear()
    own: Kept[T] = answers.setdefault(question, Kept())
    return own.get(seconds, make, is_large)
