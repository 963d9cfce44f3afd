"""A backup is made while files come and go; its mark is that of the files it names."""

import tarfile

import pytest

from kiosk.backup import vault
from sync import watermark
from tests.builders.cases import a_case_at


def test_what_is_only_being_written_is_left_out_in_any_folder(small_pair, kept, tmp_path):
    keeper = kept(small_pair.hall)
    folder = small_pair.hall.parts.config.data_dir
    half = ("releases/1.part", "carriers/there/1.unfinished", "x.new", "tls/deep/er/y.new")
    whole = "carriers/there/2"
    for name in (*half, whole):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("half")
    keeper.make()
    keeper.restore(tmp_path / "again")
    assert (tmp_path / "again" / whole).read_text() == "half"
    assert not any((tmp_path / "again" / name).exists() for name in half)


@pytest.mark.parametrize("becomes", ["gone", "shorter"])
def test_a_file_that_changes_under_its_hands_ends_no_backup(
    small_pair, kept, tmp_path, monkeypatch, becomes
):
    keeper = kept(small_pair.hall)
    victim = small_pair.hall.parts.config.data_dir / "notes" / "a"
    victim.parent.mkdir()
    victim.write_bytes(bytes(100_000))
    victim.with_name("b").write_text("stays")
    asked = tarfile.TarFile.gettarinfo

    def at_the_worst_moment(archive, path, *rest):
        if path == victim or str(path) == str(victim):
            if becomes == "gone":
                victim.unlink()
                return asked(archive, path, *rest)
            told = asked(archive, path, *rest)
            victim.write_bytes(b"short")
            return told
        return asked(archive, path, *rest)

    monkeypatch.setattr(tarfile.TarFile, "gettarinfo", at_the_worst_moment)
    keeper.make()
    keeper.restore(tmp_path / "again")
    back = tmp_path / "again" / "notes"
    assert (back / "b").read_text() == "stays"
    assert [each.read_bytes() for each in back.glob("a")] == (
        [b"short"] if becomes == "shorter" else []
    )


def test_a_file_that_only_an_older_backup_has_stops_the_mark(small_pair, kept):
    a_case_at(small_pair.terminal)
    small_pair.settle()
    keeper = kept(small_pair.hall)
    keeper.make()
    blobs = small_pair.hall.parts.config.data_dir / "blobs"
    next(each for each in blobs.rglob("*") if each.is_file()).unlink()
    with small_pair.hall.writing() as session:
        # As when that backup was interrupted after its files were copied.
        watermark.move(session, {small_pair.terminal_id: (0, 0, 0)})
    keeper.make(days=1)
    [mark] = vault.find(keeper.folder).manifest.watermarks.values()
    assert mark[:2] == (0, 0)
