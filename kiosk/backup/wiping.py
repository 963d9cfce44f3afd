"""Wipe at a terminal what a backup of the hall has and nobody needs here: when, and how often.

What may go, ``kiosk.cases.purge`` knows. The worker calls this between other things.
"""

from datetime import timedelta

import structlog

from kiosk.app_services import Services
from kiosk.backup import turn
from kiosk.cases import purge
from kiosk.db import AppTransactions, empty_log

log = structlog.get_logger(__name__)


def wipe(transactions: AppTransactions, parts: Services) -> int:
    """Wipe what a backup of the hall has and nobody needs here; return how many cases. Idempotent.

    Not while a backup is made here, which would lack half of a case.
    """
    with turn.taken(parts.config.data_dir) as is_free:
        if not is_free:
            return 0
        kept, cases = timedelta(days=parts.config.retention_days), 0
        with transactions.reading() as session:
            due = purge.due(session, kept)
        if due:
            with transactions.writing() as session:
                cases = purge.wipe_closed(session, kept, due)
        with transactions.writing() as session:
            files = purge.wipe_files(session, parts.blobs)
            engine = session.get_bind().engine
        if cases or files:
            empty_log(engine)
            log.info("cases_wiped", cases=cases, files=files)
    return cases
