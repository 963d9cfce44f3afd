"""The console command in a copy of this process: words, files and exit code as people have them.

A copy has loaded what it needs already, which is most of what a command costs, and is a process of
its own: nothing that it opens, sets or leaves behind is met here. It does not show that a command
loads all it needs by itself; that is shown by each command once in a process that knows nothing
yet. Neighbour: `platforms.run_kiosk` starts such ones.
"""

import gc
import os
import signal
import subprocess
import sys
import tempfile
import traceback
from typing import BinaryIO

from kiosk import cli

SECONDS = 120


def run_here(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Do what `platforms.run_kiosk` does, in a fraction of its processor time."""
    sys.stdout.flush()
    sys.stderr.flush()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            _become(arguments, environment, out, err)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        written = [_text(each) for each in (out, err)]
    return subprocess.CompletedProcess(["kiosk", *arguments], code, *written)


def _become(
    arguments: tuple[str, ...], environment: dict[str, str], out: BinaryIO, err: BinaryIO
) -> None:
    """Be the command, and never come back."""
    code = 70
    try:
        # What lies about here, connections above all, is not this process's to end.
        gc.freeze()
        signal.alarm(SECONDS)
        for own, number in ((out, 1), (err, 2)):
            os.dup2(own.fileno(), number)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115
        for name in [name for name in os.environ if name.startswith("KIOSK_")]:
            del os.environ[name]
        os.environ.update(environment)
        sys.argv = ["kiosk", *arguments]
        cli.main()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # as Python ends a program
        traceback.print_exc()
        code = 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _text(file: BinaryIO) -> str:
    file.seek(0)
    return file.read().decode()
