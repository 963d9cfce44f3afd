"""What a killed process left at the hall does not stay for good."""

import os
import time

from kiosk import hall_worker

DAY = 24 * 3600


def test_the_beginning_of_a_file_that_a_killed_process_left_is_swept_after_a_day(
    small_pair, monkeypatch
):
    parts = small_pair.hall.parts
    monkeypatch.setattr(hall_worker, "_parts", [parts])
    name = parts.blobs.put(b"whole")
    left = {age: parts.blobs.root / "partial" / f"tmp{age}" for age in (DAY - 60, DAY + 60)}
    for age, path in left.items():
        path.write_bytes(b"half")
        os.utime(path, (time.time() - age,) * 2)
    hall_worker.perform("sweep_files")
    assert [path.exists() for path in left.values()] == [True, False]
    assert parts.blobs.has(name)
