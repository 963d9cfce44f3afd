"""Programs under the supervisor: kept up, stopped together, and never left behind."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from kiosk.cli.processes import Program, ProgramFailed, Supervisor

# Writes its process id and settings down, then waits; with a child, as servers and workers have.
_WAITS = """
import os, pathlib, sys, time
folder = pathlib.Path(sys.argv[1])
child = os.fork()
name = "child" if child == 0 else "parent"
(folder / f"{name}.new").write_text(f"{os.getpid()} {os.environ.get('SETTING')}")
(folder / f"{name}.new").rename(folder / name)
time.sleep(600)
"""


def a_program(folder: Path, name: str = "waits", group: str = "all", **more: object) -> Program:
    own = folder / name
    own.mkdir()
    script = own / "script.py"
    script.write_text(_WAITS)
    return Program(name, group, [sys.executable, str(script), str(own)], **more)


@pytest.fixture
def run(tmp_path):
    started = []

    def start(*programs: Program) -> Supervisor:
        supervisor = Supervisor(programs, os.environ, tmp_path, tmp_path / "s")
        started.append(supervisor)
        return supervisor

    yield start
    for supervisor in started:
        supervisor.stop()


def until(condition, seconds=15.0):
    end = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return result


def pid_in(file: Path) -> int:
    return int(until(lambda: file.exists() and file.read_text()).split()[0])


def is_there(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    # Whoever adopts an orphan may take its time to bury it.
    return state != "Z"


def test_a_killed_program_is_started_again(run, tmp_path):
    run(a_program(tmp_path))
    first = pid_in(tmp_path / "waits" / "parent")
    # A program that ends within its first second counts as one that failed to start.
    time.sleep(1.1)
    os.killpg(first, signal.SIGKILL)
    assert until(lambda: pid_in(tmp_path / "waits" / "parent") != first)


def test_stopping_leaves_neither_programs_nor_their_children(run, tmp_path):
    supervisor = run(a_program(tmp_path, "one"), a_program(tmp_path, "two", group="other"))
    pids = [pid_in(tmp_path / name / who) for name in ("one", "two") for who in ("parent", "child")]
    begun = time.monotonic()
    supervisor.stop()
    assert time.monotonic() - begun < 5
    until(lambda: not any(map(is_there, pids)), 20)


def test_a_killed_supervisor_leaves_no_program_running(run, tmp_path):
    supervisor = run(a_program(tmp_path))
    parent = pid_in(tmp_path / "waits" / "parent")
    daemon = int((tmp_path / "s.pid").read_text())
    os.kill(daemon, signal.SIGKILL)
    until(lambda: not is_there(parent))
    assert not supervisor.runs
    os.kill(pid_in(tmp_path / "waits" / "child"), signal.SIGKILL)


def test_a_group_that_waits_is_started_when_asked_for(run, tmp_path):
    supervisor = run(a_program(tmp_path, autostart=False))
    time.sleep(0.5)
    assert not (tmp_path / "waits" / "parent").exists()
    supervisor.start_group("all")
    assert is_there(pid_in(tmp_path / "waits" / "parent"))


def test_one_program_of_a_group_is_stopped_and_started_alone(run, tmp_path):
    supervisor = run(a_program(tmp_path, "one"), a_program(tmp_path, "two"))
    first, other = (pid_in(tmp_path / name / "parent") for name in ("one", "two"))
    supervisor.stop_program("one")
    assert supervisor.pid("one") is None
    assert not is_there(first)
    supervisor.start_program("one")
    assert until(lambda: supervisor.pid("one")) != first
    assert supervisor.pid("two") == other


def test_a_program_is_killed_with_its_children_and_comes_back(run, tmp_path):
    supervisor = run(a_program(tmp_path))
    child = pid_in(tmp_path / "waits" / "child")
    first = supervisor.pid("waits")
    # See above: its first second must be over.
    time.sleep(1.1)
    supervisor.kill_program("waits")
    until(lambda: not is_there(first) and not is_there(child), 20)
    assert until(lambda: supervisor.pid("waits")) != first


def test_a_group_is_stopped_and_started_again(run, tmp_path):
    supervisor = run(a_program(tmp_path, "one"), a_program(tmp_path, "two", group="other"))
    pids = [pid_in(tmp_path / name / "parent") for name in ("one", "two")]
    supervisor.stop_group("other")
    assert [is_there(pid) for pid in pids] == [True, False]
    supervisor.start_group("other")
    assert until(lambda: supervisor.pid("two")) != pids[1]


def test_settings_reach_the_program_unchanged(run, tmp_path):
    awkward = "redis://user:p%40ss\"word'@host/0?a=1&b=%2F, c\\d"
    run(a_program(tmp_path, environment={"SETTING": awkward}))
    assert until((tmp_path / "waits" / "parent").exists)
    assert (tmp_path / "waits" / "parent").read_text().split(" ", 1)[1] == awkward


def test_a_program_that_cannot_stay_up_is_named_with_its_last_words(run, tmp_path):
    words = "import sys; sys.exit('KIOSK_LISTEN: no port')"
    supervisor = run(Program("broken", "all", [sys.executable, "-c", words]))
    # Its last words are in the log a moment before or after it is found to have failed.
    until(lambda: any("port" in log.read_text() for log in tmp_path.glob("log/broken.log")))
    with pytest.raises(ProgramFailed, match="broken does not start: KIOSK_LISTEN: no port"):
        until(lambda: supervisor.check())


def test_a_supervisor_that_cannot_start_is_reported(tmp_path):
    with pytest.raises(ProgramFailed, match="supervisor does not start"):
        Supervisor([], os.environ, tmp_path, tmp_path / "no such folder" / "s")
