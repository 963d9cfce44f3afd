"""Cases that promise a material for later (容缺)."""

import uuid
from dataclasses import replace

from kiosk.cases import service
from kiosk.cases.service import Receipt
from kiosk.cases.submission import Attachment
from tests.builders.cases import PROMISED_ITEM, SubmissionBuilder, a_submission
from tests.builders.machines import Machine

PROMISED = PROMISED_ITEM
#: A document of it that the catalogue lets come later and its first sample asks for.
WANTED = "income_proof"


def a_promising_case_at(
    terminal: Machine, builder: SubmissionBuilder | None = None, wanted: str = WANTED
) -> Receipt:
    """Submit a case without the document `wanted`, and return the receipt."""
    builder = builder or a_submission(terminal, PROMISED)
    given = {name: each for name, each in builder.attachments.items() if name != wanted}
    assert len(given) < len(builder.attachments), sorted(builder.attachments)
    submission = replace(builder, attachments=given).submission()
    promise = Attachment(wanted, "deferred")
    submission = replace(submission, attachments=(*submission.attachments, promise))
    return terminal.within(service.submit, terminal.parts, submission, str(uuid.uuid4()))
