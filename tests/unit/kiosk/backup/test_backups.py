"""A backup brings a machine back as it was: rows, files, keys; on each database."""

from kiosk import schema
from kiosk.backup import vault
from kiosk.cases.proof import prove
from kiosk.cases.queries import progress_of
from kiosk.config import Config
from sync import ledger
from tests.builders.cases import a_case_at
from tests.builders.machines import Machine, initialised
from tests.builders.upgrades import brought_to


def test_a_hall_comes_back_with_its_cases_files_and_name_and_in_a_new_epoch(
    pair, kept, tmp_path, brought_back
):
    database = brought_back()
    a_case_at(pair.terminal)
    pair.settle()
    keeper = kept(pair.hall)
    keeper.make()
    restored = keeper.restore(tmp_path / "again", database)
    again = Machine.made("hall", tmp_path / "again", database)
    assert restored.fingerprint == pair.hall.parts.identity.public.fingerprint()
    proof = again.within(prove, again.parts)
    assert (proof.faults, proof.counts["cases"], proof.counts["blobs"]) == ([], 1, 2)
    with again.reading() as session:
        assert ledger.hall_of(session).epoch > 1
    again.close()


def test_a_terminal_comes_back_and_opens_what_it_had_sealed(small_pair, kept, tmp_path):
    receipt = a_case_at(small_pair.terminal)
    keeper = kept(small_pair.terminal)
    keeper.make()
    keeper.restore(tmp_path / "again")
    again = Machine.made("terminal", tmp_path / "again")
    assert again.within(prove, again.parts).faults == []
    assert not again.within(progress_of, again.parts, receipt.case_id).is_erased
    again.close()


def test_a_backup_of_an_older_version_is_brought_up_to_date(kept, tmp_path):
    folder = tmp_path / "old"
    folder.mkdir()
    brought_to(Config("hall", folder), "0019")
    old = initialised(Machine.made("hall", folder))
    keeper = kept(old)
    keeper.make()
    assert vault.find(keeper.folder).manifest.schema == "0019"
    restored = keeper.restore(tmp_path / "again")
    assert restored.schema == schema.newest() > "0019"
    assert schema.is_current(Config("hall", tmp_path / "again"))
    old.close()
