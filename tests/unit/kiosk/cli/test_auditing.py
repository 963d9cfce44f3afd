"""`kiosk hall audit`: proves the log against what was kept elsewhere, and says where it breaks."""

import json

from sqlalchemy import delete

from kiosk.operators import chain
from kiosk.operators.audit import AuditRecord
from tests.builders.commands import run_here
from tests.builders.platforms import run_kiosk


def test_the_log_is_proved_and_a_tail_that_was_cut_off_shows_against_an_anchor(small_pair):
    hall = small_pair.hall
    here = {"KIOSK_DATA_DIR": str(hall.parts.config.data_dir)}
    anchor = run_kiosk("hall", "audit", "head", **here).stdout.strip()
    proved = run_here("hall", "audit", "verify", "--anchor", anchor, **here)
    assert (proved.returncode, json.loads(proved.stdout)["holds"]) == (0, True)
    with hall.writing() as session:
        last = int(anchor.partition(":")[0])
        session.execute(delete(AuditRecord).where(AuditRecord.seq >= last))
        session.execute(delete(chain.AuditProof))
    assert run_here("hall", "audit", "verify", **here).returncode == 0
    broken = run_here("hall", "audit", "verify", "--anchor", anchor, **here)
    found = json.loads(broken.stdout)
    # The verification before is a record itself, and stands where the lost one was.
    assert (broken.returncode, found["broken_at"], found["reason"]) == (1, last, "another")
    wrong = run_here("hall", "audit", "verify", "--anchor", "7", **here)
    assert (wrong.returncode, "SEQ:DIGEST" in wrong.stderr) == (2, True)
