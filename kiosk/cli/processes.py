"""Processes kept up and stopped together: a supervisord of our own and its configuration.

Must not know what the programs are for. Neighbours: ``kiosk.cli.platform`` names them. Why
supervisord: ``docs/adr/0002-supervisor.md``.
"""

import http.client
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import SupervisorTransport

# supervisord kills what has not stopped by itself this long after SIGTERM.
_STOP_SECONDS = 3
_START_SECONDS = 10.0


class ProgramFailed(Exception):
    """A program that should be running is not; the message says which and where its log is."""


@dataclass(frozen=True, slots=True)
class Program:
    """One process that is started again whenever it ends.

    Programs of a ``group`` start and stop together; groups start in the order in which they are
    first named, and the first one stops last. ``environment`` comes on top of the supervisor's own.
    """

    name: str
    group: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    autostart: bool = True
    stop_signal: str = "TERM"


def configuration(programs: Sequence[Program], control: Path, logs: Path) -> str:
    """Return the text of a supervisord.conf that listens on the unix socket ``control``."""
    groups = list(dict.fromkeys(program.group for program in programs))
    sections = [
        _section(
            "supervisord",
            nodaemon="true",
            logfile=str(logs / "supervisord.log"),
            loglevel="info",
            pidfile=str(control.with_suffix(".pid")),
        ),
        _section("unix_http_server", file=str(control), chmod="0700"),
        _section(
            "rpcinterface:supervisor",
            **{"supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"},
        ),
        _section("supervisorctl", serverurl=f"unix://{control}"),
    ]
    for priority, group in enumerate(groups, start=1):
        members = ",".join(program.name for program in programs if program.group == group)
        sections.append(_section(f"group:{group}", programs=members, priority=str(priority)))
    return "\n".join(sections + [_program_section(program, logs) for program in programs])


def _section(name: str, **settings: str) -> str:
    # Values are expanded with Python's % formatting by supervisord.
    lines = [f"{key}={value.replace('%', '%%')}" for key, value in settings.items()]
    return "\n".join([f"[{name}]", *lines, ""])


def _program_section(program: Program, logs: Path) -> str:
    # env(1), because supervisord's own setting for the environment cannot hold every value.
    settings = [f"{name}={value}" for name, value in program.environment.items()]
    return _section(
        f"program:{program.name}",
        command=shlex.join(dying_with_its_parent(["env", *settings, *program.command])),
        autostart=str(program.autostart).lower(),
        autorestart="true",
        # Each failed start waits a second longer than the one before; none is the last.
        startretries="1000000",
        stopsignal=program.stop_signal,
        # A worker's job and a server's workers run in children of their own.
        stopasgroup="true",
        killasgroup="true",
        stopwaitsecs=str(_STOP_SECONDS),
        redirect_stderr="true",
        stdout_logfile=str(logs / f"{program.name}.log"),
        stdout_logfile_maxbytes="5MB",
        stdout_logfile_backups="1",
    )


def dying_with_its_parent(command: Sequence[str]) -> list[str]:
    """Return ``command`` changed so that the kernel ends it with SIGTERM when its parent is gone.

    So a supervisor that is killed leaves nothing running. Unchanged where setpriv(1) is missing.
    """
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--", *command] if setpriv else list(command)


class Supervisor:
    """A running supervisord with its programs."""

    def __init__(
        self,
        programs: Sequence[Program],
        environment: Mapping[str, str],
        folder: Path,
        control: Path,
    ) -> None:
        """Write the configuration to ``folder`` and start; logs go to ``folder``/log.

        ``environment`` is what all programs share, ``control`` the path of the socket on which
        orders are taken. Raises ``ProgramFailed`` when it does not come up.
        """
        self._logs = folder / "log"
        self._logs.mkdir(parents=True, exist_ok=True)
        settings = folder / "supervisord.conf"
        # The address of a database may hold its password.
        settings.touch(mode=0o600)
        settings.write_text(configuration(programs, control, self._logs), encoding="utf-8")
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(settings)]
        complaints = self._logs / "supervisord.err"
        with complaints.open("wb") as errors:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                dying_with_its_parent(command),
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                # Ctrl-C goes to us, and we stop it in order.
                start_new_session=True,
            )
        self._control = control
        self._groups = list(dict.fromkeys(program.group for program in programs))
        self._known_as = {program.name: f"{program.group}:{program.name}" for program in programs}
        end = time.monotonic() + _START_SECONDS
        while not _listens(control):
            if not self.runs or time.monotonic() > end:
                self.stop()
                raise ProgramFailed(f"the supervisor does not start: {_last_line(complaints)}")
            time.sleep(0.02)

    @property
    def runs(self) -> bool:
        """Whether supervisord itself is there."""
        return self._process.poll() is None

    def start_group(self, group: str) -> None:
        """Start the programs of ``group`` that do not run yet; they may need a moment."""
        self._order("startProcessGroup", group, False)

    def stop_group(self, group: str) -> None:
        """Stop the programs of ``group``; return when they are gone."""
        self._order("stopProcessGroup", group)

    def start_program(self, program: str) -> None:
        """Start a program that does not run; it may need a moment."""
        self._order("startProcess", self._known_as[program], False)

    def stop_program(self, program: str) -> None:
        """Stop a program until it is started again; return when it is gone."""
        self._order("stopProcess", self._known_as[program])

    def kill_program(self, program: str) -> None:
        """End a program and its children by SIGKILL, as a fault would; it is started again."""
        pid = self.pid(program)
        if pid is not None:
            # supervisord makes each program the head of a process group. It may have died a moment
            # ago, as it would of this, and supervisord has not looked yet.
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)

    def pid(self, program: str) -> int | None:
        """Return the process id of a program, or None while it does not run."""
        return self._order("getProcessInfo", self._known_as[program])["pid"] or None

    def check(self) -> None:
        """Raise ``ProgramFailed`` when a program ended as soon as it was started."""
        for program in self._order("getAllProcessInfo"):
            if program["statename"] in ("BACKOFF", "FATAL"):
                log = self._logs / f"{program['name']}.log"
                raise ProgramFailed(f"{program['name']} does not start: {_last_line(log)} ({log})")

    def _order(self, name: str, *arguments: object) -> Any:
        transport = SupervisorTransport(serverurl=f"unix://{self._control}")
        with xmlrpc.client.ServerProxy("http://localhost", transport) as proxy:
            return getattr(proxy.supervisor, name)(*arguments)

    def stop(self) -> None:
        """Stop all programs, then supervisord; return when they are gone. May be repeated."""
        # supervisord would wait for each group before it tells the next; only the first, on which
        # the others stand, has to stay until they are gone.
        with suppress(OSError, xmlrpc.client.Error, http.client.HTTPException):
            for group in self._groups[1:]:
                self._order("stopProcessGroup", group, False)
        self._process.terminate()
        try:
            # One turn for each group, and one to spare.
            self._process.wait(4 * _STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _listens(control: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(control)) == 0


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n") if log.exists() else []
    return next((line.strip() for line in reversed(lines) if line.strip()), "no output")
