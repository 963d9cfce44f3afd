"""A backup made while cases arrive is of one moment: its rows, its marks and its files agree."""

import json
import threading

from sqlalchemy import select

from kiosk.backup import vault
from kiosk.cases.proof import prove
from sync.ledger import LedgerEntry, Terminal
from tests.builders.cases import a_case_at
from tests.builders.machines import Machine


def test_rows_marks_and_files_of_a_backup_agree_though_cases_arrive(
    pair, kept, tmp_path, brought_back
):
    keeper, stop = kept(pair.hall), threading.Event()

    def arrive() -> None:
        while not stop.is_set():
            a_case_at(pair.terminal)
            pair.settle()

    arriving = threading.Thread(target=arrive)
    a_case_at(pair.terminal)
    pair.settle()
    arriving.start()
    try:
        for day in range(3):
            keeper.make(days=day)
    finally:
        stop.set()
        arriving.join()
    for number, backup in enumerate(vault.backups(keeper.folder)):
        target = tmp_path / f"again-{number}"
        database = brought_back()
        keeper.restore(target, database, backup=backup.name)
        again = Machine.made("hall", target, database)
        assert again.within(prove, again.parts).faults == []
        mark = backup.manifest.watermarks[pair.terminal_id]
        with again.reading() as session:
            row = session.scalars(select(Terminal)).one()
            assert (row.backed_up_epoch, row.backed_up_seq) == mark[:2]
            assert (1, 1) <= mark[:2] <= (row.cursor_epoch, row.cursor_seq)
            covered = session.scalars(
                select(LedgerEntry.blobs).where(LedgerEntry.seq <= mark[1])
            ).all()
        assert len(covered) == mark[1]
        assert all(again.parts.blobs.has(sha) for blobs in covered for sha in json.loads(blobs))
        again.close()
