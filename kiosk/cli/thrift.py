"""Keeps the memory of threaded processes small, for a terminal with 1 GB.

glibc gives every thread an arena of its own, and each keeps what it once took. Two
arenas are enough for a few threads that mostly wait. Elsewhere than on glibc nothing
is done.
"""

import ctypes

#: From glibc's malloc.h.
_M_ARENA_MAX = -8
_ARENAS = 2


def share_arenas() -> None:
    """Let all threads of this process share two arenas; call before any thread is started."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, _ARENAS)


def give_back() -> None:
    """Return to the system what was freed since the start; call before the fork."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
