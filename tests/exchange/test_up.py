"""``kiosk up`` as a person uses it: started, killed in parts, started twice, interrupted."""

import json
import os
import shlex
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
import urllib3

from kiosk.cli.platform import free_port

KIOSK = str(Path(sys.executable).with_name("kiosk"))


def up(folder: Path, ports: list[int]) -> list[str]:
    options = ["--hall-port", str(ports[0]), "--terminal-port", str(ports[1])]
    return [KIOSK, "up", "--data", str(folder), *options]


#: A job in the background of a script inherits that Ctrl-C is ignored; at a keyboard it is not.
AT_A_KEYBOARD = (
    "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); "
    "os.execvp(sys.argv[1], sys.argv[1:])"
)


def started(command: list[str], cwd: Path) -> subprocess.Popen[str]:
    """Start `command` and return when it has said that it is ready."""
    process = subprocess.Popen(
        [sys.executable, "-c", AT_A_KEYBOARD, *command], stdout=subprocess.PIPE, text=True, cwd=cwd
    )
    for line in process.stdout:
        if "Ctrl-C" in line:
            return process
    pytest.fail(f"it ended with {process.wait()} before it was ready")


def finished(process: subprocess.Popen[str]) -> int:
    process.stdout.close()
    return process.wait(30)


def family(pid: int) -> dict[int, str]:
    """Process ids and command lines of all descendants of `pid`."""
    parents, lines = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(") ")[2].split()
            lines[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ").strip()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if fields[0] != "Z":
            parents[int(folder.name)] = int(fields[1])
    found, waiting = {}, [pid]
    while waiting:
        children = [child for child, parent in parents.items() if parent in waiting]
        found |= {child: lines[child] for child in children}
        waiting = children
    return found


def wait_until(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
    return result


@pytest.fixture(scope="module")
def ports() -> list[int]:
    return [free_port(), free_port()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("up") / "data"


@pytest.fixture
def running(folder, ports):
    process = started(up(folder, ports), folder.parent)
    yield process
    process.terminate()
    assert finished(process) == 0


def test_it_says_and_writes_where_everything_is_and_keeps_it(folder, ports, running):
    file = folder / "demo.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    written = json.loads(file.read_text())
    assert written["hall"] == f"http://127.0.0.1:{ports[0]}"
    assert written["terminal"] == f"http://127.0.0.1:{ports[1]}"
    assert set(written["accounts"]) == {"admin", "clerk", "staff", "auditor"}
    for address in (written["hall"], written["terminal"]):
        answer = urllib3.request("GET", f"{address}/healthz")
        assert answer.json()["ready"] is True
    running.terminate()
    running.wait(30)
    again = started(up(folder, ports), folder.parent)
    again.terminate()
    assert finished(again) == 0
    assert json.loads(file.read_text()) == written


def test_a_killed_worker_comes_back(running):
    def worker() -> int | None:
        pids = [pid for pid, line in family(running.pid).items() if "worker terminal" in line]
        return min(pids, default=None)

    first = wait_until(worker)
    # One that ends within its first second is taken for one that cannot start, and waits longer.
    time.sleep(1.5)
    os.kill(first, signal.SIGKILL)
    assert wait_until(lambda: worker() not in (None, first))


LONG = (pytest.param(way, marks=pytest.mark.soak) for way in ("terminate", "interrupt make alone"))


@pytest.mark.parametrize("way", ["interrupt", "kill", *LONG])
def test_when_it_ends_nothing_is_left_running(folder, ports, tmp_path, way):
    command = up(folder, ports)
    if "make" in way:
        (tmp_path / "Makefile").write_text(f"run:\n\t@exec {shlex.join(command)}\n")
        command = ["make", "run"]
    process = started(command, tmp_path)
    pids = family(process.pid)
    assert len(pids) >= 6
    process.send_signal(
        {"terminate": signal.SIGTERM, "kill": signal.SIGKILL}.get(way, signal.SIGINT)
    )
    expected = {"interrupt make alone": -signal.SIGINT, "kill": -signal.SIGKILL}
    assert finished(process) == expected.get(way, 0)
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))


def refusal(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line


def test_a_second_one_on_the_same_folder_is_refused(folder, running):
    assert "is in use by another" in refusal(up(folder, [free_port(), free_port()]))


def test_a_port_in_use_is_refused_and_named(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert f"port {port} cannot be used" in refusal(up(tmp_path, [free_port(), port]))
    assert not (tmp_path / "hall").exists()


def test_one_port_for_both_is_refused(tmp_path):
    port = free_port()
    done = subprocess.run(up(tmp_path, [port, port]), capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "different ports" in done.stderr
