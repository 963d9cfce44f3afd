"""Which errors are the fault of what an entry or an item says, and not of the machine.

What cannot be applied is set aside so that it stops nothing else. A disk that is full, a database
in trouble or a job that ran out of time is no reason to set anything aside: the transaction ends,
and all of it comes again. Neighbours: ``ingest`` and ``pull``.
"""

from sqlalchemy.exc import DataError, IntegrityError

CONTENT_ERRORS: tuple[type[Exception], ...] = (
    ValueError,
    LookupError,
    TypeError,
    # What has another shape than was expected, or a number that fits no column.
    AttributeError,
    OverflowError,
    IntegrityError,
    DataError,
)
