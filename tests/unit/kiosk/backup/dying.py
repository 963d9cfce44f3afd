"""A deed in a process of its own that SIGKILLs itself at a chosen step, as a power cut would end it.

The step is the n-th call of a function; what the dead process left is then looked at by this one.
"""

import os
import signal
from collections.abc import Callable
from typing import Any


def killed_at(place: Any, name: str, call: int, deed: Callable[[], object]) -> None:
    """Do `deed` in a child that dies at the `call`-th call of `place.name`, before it does a thing."""
    child = os.fork()
    if child == 0:
        _die_at(place, name, call)
        try:
            deed()
        finally:
            # Only when the step never came: the parent then finds no signal.
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"{name} was not called {call} times"
    assert os.WTERMSIG(status) == signal.SIGKILL


def _die_at(place: Any, name: str, call: int) -> None:
    real, calls = getattr(place, name), [0]

    def step(*arguments: Any, **more: Any) -> Any:
        calls[0] += 1
        if calls[0] == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **more)

    setattr(place, name, step)
