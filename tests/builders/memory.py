"""Little memory for this process, so that what would take all of it ends a test and no machine."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

#: Of addresses; what a test process has already is well below.
_BYTES = 3 * 2**30


@contextmanager
def little_memory() -> Iterator[None]:
    """MemoryError for whoever takes more while the block runs."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_BYTES, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
