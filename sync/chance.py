"""The only place that asks for randomness: keys, nonces, receipt numbers, tokens, jitter.

The simulation puts another source in with ``use``, so that one seed tells one story. What the
cryptography library draws by itself (the fresh key of each sealed frame) stays the system's: it
is not to be had otherwise, and nothing depends on it but the bytes of frames.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_PARTS = 1 << 53

_draw: Callable[[int], bytes] = secrets.token_bytes


def some_bytes(count: int) -> bytes:
    """Return so many random bytes, fit for a key."""
    return _draw(count)


def below(limit: int) -> int:
    """Return a random whole number from 0 to ``limit`` - 1; ``limit`` is at least 1."""
    # Eight bytes more than are needed: the first numbers are favoured by less than 1 in 2**64.
    return int.from_bytes(_draw((limit.bit_length() + 7) // 8 + 8), "big") % limit


def between(low: float, high: float) -> float:
    """Return a random number from ``low`` to ``high``."""
    return low + (high - low) * (below(_PARTS) / _PARTS)


@contextmanager
def use(draw: Callable[[int], bytes]) -> Iterator[None]:
    """Let all randomness come from ``draw``, which returns so many bytes, while the block runs."""
    global _draw
    before, _draw = _draw, draw
    try:
        yield
    finally:
        _draw = before
