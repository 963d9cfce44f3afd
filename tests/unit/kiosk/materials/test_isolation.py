"""The picture child: limits, replacement, turn-taking, idleness. Real processes, real signals."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kiosk.errors import DomainError
from kiosk.materials import child, wire
from kiosk.materials.isolation import IsolatedReader
from tests.builders import pictures

CODE = pictures.encoded(pictures.qr_code("一"), "PNG")


@pytest.fixture
def reader() -> Iterator[IsolatedReader]:
    reader = IsolatedReader()
    yield reader
    reader.close()


def codes(reader: IsolatedReader, picture: bytes = CODE, seconds: float = 2.0) -> list[str]:
    return list(json.loads(reader.ask(wire.CODES, picture, seconds)))


def pid_of(reader: IsolatedReader) -> int:
    codes(reader)
    assert reader.pid is not None
    return reader.pid


def eventually_ended(reader: IsolatedReader) -> bool:
    until = time.monotonic() + 30
    while reader.pid is not None and time.monotonic() < until:
        time.sleep(0.02)
    return reader.pid is None


def status_kilobytes(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1])


def refusal_when(reader: IsolatedReader, signal_number: int, seconds: float = 2.0) -> str:
    """What a request is refused with whose child gets this signal before it can answer."""
    pid = pid_of(reader)
    os.kill(pid, signal.SIGSTOP)
    timer = threading.Timer(0.2, os.kill, (pid, signal_number))
    timer.start()
    try:
        with pytest.raises(DomainError) as refused:
            codes(reader, seconds=seconds)
    finally:
        timer.join()
    return refused.value.code


def test_no_child_runs_before_the_first_picture(reader: IsolatedReader) -> None:
    assert reader.pid is None


def test_one_child_serves_many_pictures(reader: IsolatedReader) -> None:
    assert pid_of(reader) == pid_of(reader)


def test_a_child_killed_in_mid_request_is_replaced(reader: IsolatedReader) -> None:
    assert refusal_when(reader, signal.SIGKILL) == "picture_reader_lost"
    assert codes(reader) == ["一"]


def test_a_child_that_hangs_is_ended_after_its_time(reader: IsolatedReader) -> None:
    pid = pid_of(reader)
    began = time.monotonic()
    refused = refusal_when(reader, signal.SIGSTOP, seconds=0.5)

    assert refused == "picture_timeout"
    assert time.monotonic() - began < 10
    assert reader.pid is None
    assert not Path(f"/proc/{pid}").exists()
    assert codes(reader) == ["一"]


def test_a_child_killed_between_requests_is_not_noticed(reader: IsolatedReader) -> None:
    os.kill(pid_of(reader), signal.SIGKILL)
    assert eventually_ended(reader)

    assert codes(reader) == ["一"]


def test_a_crash_over_a_picture_is_the_pictures_fault(reader: IsolatedReader) -> None:
    pid = pid_of(reader)
    os.kill(pid, signal.SIGSTOP)

    def crash() -> None:
        os.kill(pid, signal.SIGSEGV)
        os.kill(pid, signal.SIGCONT)

    timer = threading.Timer(0.2, crash)
    timer.start()
    with pytest.raises(DomainError, match="picture_undecodable"):
        codes(reader)
    timer.join()


def test_processor_time_is_limited_per_request_not_per_life(reader: IsolatedReader) -> None:
    noise = pictures.encoded(pictures.noise((1400, 1400)), quality=50)
    pid = pid_of(reader)
    for _ in range(12):
        codes(reader, noise)

    used = sum(map(int, Path(f"/proc/{pid}/stat").read_text().split()[13:15]))
    assert used / os.sysconf("SC_CLK_TCK") > 2
    assert reader.pid == pid


def test_an_idle_child_ends_and_the_next_picture_starts_another() -> None:
    reader = IsolatedReader(idle_seconds=0.2)
    first = pid_of(reader)

    assert eventually_ended(reader)
    assert pid_of(reader) != first
    reader.close()


def test_a_request_in_the_moment_the_idle_child_ends_is_answered() -> None:
    # Long enough that a child which has just been started does not end while we are kept from
    # sending to it by whoever else works here.
    reader = IsolatedReader(idle_seconds=0.3)
    for _ in range(10):
        assert codes(reader) == ["一"]
        time.sleep(0.3)
    reader.close()


def test_a_child_is_renewed_after_many_pictures(reader: IsolatedReader) -> None:
    first = pid_of(reader)
    for _ in range(child.REQUESTS + 1):
        assert codes(reader) == ["一"]

    assert reader.pid != first


def test_threads_get_each_their_own_answer(reader: IsolatedReader) -> None:
    texts = [f"第{number}号" for number in range(40)]
    frames = [pictures.encoded(pictures.qr_code(text), "PNG") for text in texts]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda frame: codes(reader, frame), frames))

    assert answers == [[text] for text in texts]


def test_who_waits_too_long_for_a_turn_is_asked_to_come_again() -> None:
    reader = IsolatedReader(wait_seconds=0.1)
    pid = pid_of(reader)
    os.kill(pid, signal.SIGSTOP)

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(codes, reader)
        time.sleep(0.1)
        with pytest.raises(DomainError, match="pictures_busy"):
            codes(reader)
        os.kill(pid, signal.SIGCONT)
        assert first.result() == ["一"]
    reader.close()


LARGEST_ACCEPTED = [
    ("JPEG", "RGB", (8160, 6120)),
    ("JPEG", "RGB", (4790, 4790)),
    ("PNG", "RGBA", (3750, 3750)),
    ("PNG", "P", (5000, 5000)),
    ("WEBP", "RGB", (4032, 3024)),
]


@pytest.mark.parametrize(("kind", "mode", "size"), LARGEST_ACCEPTED)
def test_the_largest_accepted_pictures_need_less_than_200_megabytes(
    reader: IsolatedReader, kind: str, mode: str, size: tuple[int, int]
) -> None:
    pid = pid_of(reader)
    before = status_kilobytes(pid, "VmHWM")
    reader.ask(wire.REBUILD, pictures.encoded(pictures.photograph(size, mode), kind), 5.0)

    assert status_kilobytes(pid, "VmHWM") - before < 200 * 1024


def test_memory_is_limited_and_no_core_file_is_left(reader: IsolatedReader) -> None:
    limits = Path(f"/proc/{pid_of(reader)}/limits").read_text()

    (line,) = [line for line in limits.splitlines() if line.startswith("Max address space")]
    assert int(line.split()[3]) < 400 * 1024 * 1024
    assert "Max core file size        0 " in limits


def test_the_child_sees_no_secrets_of_the_web_process(
    reader: IsolatedReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIOSK_SECRET_KEY", "canary")

    assert b"canary" not in Path(f"/proc/{pid_of(reader)}/environ").read_bytes()


def test_the_child_ends_with_its_parent() -> None:
    program = (
        "import os, signal; from kiosk.materials import isolation as i, scan\n"
        f"scan.read_codes(bytes.fromhex('{CODE.hex()}')); print(i.shared().pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    pid = int(ended.stdout)
    until = time.monotonic() + 30
    while Path(f"/proc/{pid}").exists() and time.monotonic() < until:
        time.sleep(0.02)

    stat = Path(f"/proc/{pid}/stat")
    assert not stat.exists() or stat.read_text().split()[2] == "Z"


def test_a_terminal_loads_no_dialect_of_a_database_that_it_has_not() -> None:
    # One word about PostgreSQL in a table is enough for it.
    program = (
        "import sys, kiosk.cli.serving, kiosk.terminal\n"
        "print([each for each in sys.modules if each == 'sqlalchemy.dialects.postgresql.base'])"
    )
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert loaded.stdout.strip() == "[]", loaded.stderr


def test_a_terminal_loads_what_few_ask_for_when_it_is_asked() -> None:
    rare = (
        "prometheus_client",
        "kiosk.api.exposition",
        "kiosk.backup.making",
        "kiosk.hall.sync_api",
        "kiosk.printing.form",
        "kiosk.printing.poster",
        "kiosk.printing.together",
    )
    program = (
        "import sys, kiosk.cli.serving, kiosk.terminal, kiosk.api.health\n"
        f"print(sorted({set(rare)!r} & set(sys.modules)))"
    )
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert loaded.stdout.strip() == "[]", loaded.stderr


def test_a_web_process_loads_no_picture_reader() -> None:
    program = (
        "import sys, kiosk.app, kiosk.receipts.qr\n"
        "readers = {'pyzbar', 'zxingcpp', 'PIL.Image'}\n"
        "kiosk.receipts.qr.svg('X'); print(readers & set(sys.modules))"
    )
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert loaded.stdout.strip() == "set()", loaded.stderr
