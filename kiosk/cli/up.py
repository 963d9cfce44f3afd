"""``kiosk up``: a whole platform on this machine until Ctrl-C.

Holds the command's words and signals only; what runs is in ``kiosk.cli.platform``.
"""

import os
import signal
import time
from pathlib import Path
from types import FrameType

import click

from kiosk.cli import platform

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@click.command("up")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("var"),
    show_default=True,
    help="Folder that keeps everything: databases, files, logs, demo.json.",
)
@click.option("--hall-port", type=click.IntRange(1, 65535), default=8100, show_default=True)
@click.option("--terminal-port", type=click.IntRange(1, 65535), default=8200, show_default=True)
def command(data: Path, hall_port: int, terminal_port: int) -> None:
    """Start hall, terminal, its worker and Redis here, and stop them on Ctrl-C."""
    if hall_port == terminal_port:
        raise click.UsageError("hall and terminal need different ports")
    for number in _ENDING:
        signal.signal(number, _end)
    try:
        with platform.running(data, hall_port, terminal_port) as started:
            _introduce(started, data)
            while started.supervisor.runs and not _make_is_ending():
                time.sleep(0.2)
            if not started.supervisor.runs:
                raise click.ClickException("the supervisor is gone; everything was stopped")
    except KeyboardInterrupt:
        # Asked for: not a failure, and everything was stopped on the way here.
        return


def _end(number: int, frame: FrameType | None) -> None:
    """End once: what stops the processes must not be interrupted by an impatient second Ctrl-C."""
    for each in _ENDING:
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


def _introduce(started: platform.Platform, data: Path) -> None:
    click.echo(f"hall      {started.hall}")
    click.echo(f"terminal  {started.terminal}")
    for role, account in started.accounts.items():
        click.echo(f"{role:<9} {account['username']} / {account['password']}")
    click.echo(f"Addresses and sign-ins are in {data / 'demo.json'}, logs in {data / 'log'}.")
    click.echo("Ctrl-C stops everything.")


def _make_is_ending() -> bool:
    """Whether we were started by a make that was interrupted alone.

    On Ctrl-C the terminal tells make and us. GNU make passes a SIGTERM on, but an interrupt sent to
    make's process only stays there: make blocks that signal and waits for us without telling.
    """
    try:
        status = Path(f"/proc/{os.getppid()}/status").read_text(encoding="utf-8")
    except OSError:
        return False
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    blocked = int(fields.get("SigBlk", "0"), 16)
    return fields.get("Name") in ("make", "gmake") and bool(blocked & 1 << signal.SIGINT - 1)
