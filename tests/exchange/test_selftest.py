"""`kiosk selftest` as a process: what it prints, and that nothing of it is left."""

import json
import tempfile
from pathlib import Path

from tests.builders.platforms import processes_naming, run_kiosk


def test_selftest_prints_its_line_and_leaves_nothing():
    # Not in pytest's own folder, whose long names leave no room for the names of sockets.
    with tempfile.TemporaryDirectory(prefix="left-") as folder:
        done = run_kiosk("selftest", TMPDIR=folder)
        assert done.returncode == 0, done.stderr
        (line,) = done.stdout.splitlines()
        found = json.loads(line)
        assert set(found) == {"case", "submit_ms", "at_hall_ms", "decision_back_ms"}
        assert len(found["case"]) == 15
        assert list(Path(folder).iterdir()) == []
        assert processes_naming(folder) == []


def test_selftest_that_fails_says_why_in_one_line_and_ends_with_1_or_2():
    done = run_kiosk("selftest", "--item", "ZZ-999")
    assert done.returncode in {1, 2}
    assert done.stdout == ""
    assert done.stderr.strip() == "kiosk: no item ZZ-999 in the catalogue"
