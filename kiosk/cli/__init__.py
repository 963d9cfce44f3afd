"""The console command ``kiosk``: every command's words; the work is done elsewhere.

Errors are one line on standard error and exit code 2; ``--help`` everywhere.
"""

import sys

import click
from sqlalchemy.exc import OperationalError

from kiosk.cli import catalogue, hall, selftest, serving, terminal, up, verify
from kiosk.config import BadConfig
from kiosk.errors import DomainError
from sync.state import NotEnrolled
from sync.transport import HallRefuses, LineDown


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="jishiban")
def group() -> None:
    """Jishiban (暨时办): village and community service kiosk, terminal and hall."""


for command in (
    up.command,
    selftest.command,
    verify.command,
    verify.outbox,
    catalogue.command,
    terminal.command,
    hall.command,
    serving.worker,
):
    group.add_command(command)


def main() -> None:
    """Run the command line; one line and exit 2 for every foreseen error."""
    try:
        group(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code if error.exit_code != 1 or isinstance(error, selftest.SelftestFailed) else 2)
    except DomainError as error:
        _fail(f"{error.message.en} {error.message.zh}")
    except OperationalError as error:
        _fail(f"the database cannot be used: {error.orig}")
    except (BadConfig, NotEnrolled, LineDown, HallRefuses, LookupError, OSError) as error:
        _fail(str(error))


def _fail(message: str) -> None:
    click.echo(f"kiosk: {' '.join(message.split())}", err=True)
    sys.exit(2)
