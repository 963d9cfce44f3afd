"""The commands of an exchange without a line, as people type them, with real files."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.cases.proof import prove_data
from kiosk.cli.carrying import SPARE_BYTES
from sync.state import WantedFile
from tests.builders.carriers import loaded, taken
from tests.builders.cases import a_case_at
from tests.builders.commands import run_here
from tests.builders.machines import Machine, Pair
from tests.builders.platforms import run_kiosk
from tests.builders.privileges import need_mounts


def kiosk(machine: Machine, *arguments: object, run=run_here) -> tuple[int, dict, str]:
    """Exit code, what was said, and the one line about what is wrong."""
    done = run(
        *map(str, arguments),
        KIOSK_DATA_DIR=str(machine.parts.config.data_dir),
        KIOSK_LOG_LEVEL="error",
    )
    assert len(done.stdout.splitlines()) <= 1
    assert len(done.stderr.splitlines()) <= 1
    return done.returncode, json.loads(done.stdout or "{}"), done.stderr


def test_a_queue_goes_to_the_hall_and_its_answer_comes_back(small_pair: Pair, tmp_path: Path):
    for _ in range(2):
        a_case_at(small_pair.terminal)
    queue, answer = tmp_path / "queue.jsc", tmp_path / "answer.jsc"
    code, said, _ = kiosk(small_pair.terminal, "outbox", "export", queue, run=run_kiosk)
    assert (code, said["entries"], said["bytes"]) == (0, 2, queue.stat().st_size)
    taking = ("hall", "import", queue, "--answer", answer)
    code, said, _ = kiosk(small_pair.hall, *taking, run=run_kiosk)
    assert (code, said["entries"], said["new"], said["trouble"]) == (0, 2, 2, None)
    code, said, _ = kiosk(small_pair.terminal, "outbox", "import", answer)
    assert (code, said["entries"], said["is_old"]) == (0, 2, False)
    said = kiosk(small_pair.terminal, "outbox", "status")[1]
    assert (said["pending"], said["blobs_pending"]) == (0, 0)
    for machine in (small_pair.terminal, small_pair.hall):
        found = machine.within(prove_data, machine.parts.config.role, machine.parts.blobs)
        assert found.faults == []


def test_what_is_wrong_is_one_line_and_an_exit_code(small_pair: Pair, tmp_path: Path):
    a_case_at(small_pair.terminal)
    whole = loaded(small_pair.terminal)
    file, answer = tmp_path / "some.jsc", tmp_path / "answer.jsc"
    for content, code, words in (
        (b"a letter to the mayor", 2, "no carrier"),
        (whole[:-9], 1, "cut off"),
    ):
        file.write_bytes(content)
        given = kiosk(small_pair.hall, "hall", "import", file, "--answer", answer)
        assert (given[0], words in given[2]) == (code, True), given
        assert answer.exists() == (code == 1)
    file.write_bytes(whole)
    code, _, wrong = kiosk(small_pair.terminal, "outbox", "import", file)
    assert (code, "for the hall" in wrong) == (2, True)
    missing = tmp_path / "not plugged in" / "queue.jsc"
    code, said, wrong = kiosk(small_pair.terminal, "outbox", "export", missing)
    assert (code, said, "No such file or directory" in wrong) == (2, {}, True)


@pytest.fixture
def small_stick(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for some 200 kB beside what is spared; mounting it asks for root."""
    folder = tmp_path / "stick"
    folder.mkdir()
    size = f"size={SPARE_BYTES + 200_000}"
    need_mounts()
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "stick", folder], check=True)
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_stick_with_little_room_takes_entries_and_what_pictures_fit(
    small_pair: Pair, small_stick: Path
):
    a_case_at(small_pair.terminal)
    large = small_pair.terminal.parts.blobs.put(os.urandom(300_000))
    with small_pair.terminal.writing() as session:
        session.add(WantedFile(sha256=large))
    queue = small_stick / "queue.jsc"
    code, said, _ = kiosk(small_pair.terminal, "outbox", "export", queue)
    assert (code, said["entries"], said["left_entries"], said["left_files"]) == (0, 1, 0, 1)
    assert said["files"] > 0
    assert os.listdir(small_stick) == ["queue.jsc"]
    assert taken(small_pair.hall, queue.read_bytes())[0].trouble is None
