"""Logs as one JSON object per line on standard error; no personal data in any.

Values whose names tell of personal data are blanked here as a last line of
defence: the first is that nothing of the kind is logged.
"""

import logging
import sys

import structlog
from structlog.typing import EventDict, WrappedLogger

from kiosk.config import Config

_BLANKED = frozenset(
    {
        "name",
        "id_number",
        "phone",
        "bank_account",
        "address",
        "token",
        "password",
        "answers",
        "body",
    }
)


def init_logs(config: Config) -> None:
    """Set logging up for this process. Idempotent."""
    level = logging.getLevelNamesMapping()[config.log_level.upper()]
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            blank,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def blank(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace the values of personal names by ``***``."""
    for key in _BLANKED & event.keys():
        event[key] = "***"
    return event
