"""The keys of a machine: made once, and there after a power cut."""

import os

from sync import identity


def test_the_name_of_a_key_is_kept_before_anything_is_sealed_with_it(tmp_path, monkeypatch):
    kept: list[str] = []
    folder = tmp_path / "data" / "keys"
    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", lambda each: kept.append(os.readlink(f"/proc/self/fd/{each}")))
        made = identity.load_or_make(folder)
    assert kept[1:] == [str(folder), str(folder.parent)]
    assert identity.load_or_make(folder).public == made.public
    assert [path.name for path in folder.iterdir()] == [identity.FILE]
