"""The console command ``kiosk``: which commands there are, and how errors are told.

Each command's module is imported when it is asked for: a terminal's web process
must not carry what authors and testers need. Errors are one line on standard
error and exit code 2; ``--help`` everywhere.
"""

import sys

import click
from sqlalchemy.exc import OperationalError

from kiosk.cli.on_demand import OnDemandGroup
from kiosk.config import BadConfig
from kiosk.errors import DomainError
from sync.state import NotEnrolled
from sync.transport import HallRefuses, LineDown


@click.group(
    cls=OnDemandGroup,
    commands_in={
        "up": "kiosk.cli.up:command",
        "selftest": "kiosk.cli.selftest:command",
        "simulate": "kiosk.cli.simulate:command",
        "demo-year": "kiosk.cli.demo_year:command",
        "verify": "kiosk.cli.verify:command",
        "outbox": "kiosk.cli:outbox_group",
        "backup": "kiosk.cli.backup:command",
        "restore": "kiosk.cli.backup:restore",
        "catalogue": "kiosk.cli:catalogue_group",
        "terminal": "kiosk.cli:terminal_group",
        "hall": "kiosk.cli:hall_group",
        "worker": "kiosk.cli.working:command",
    },
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="jishiban")
def group() -> None:
    """Jishiban (暨时办): village and community service kiosk, terminal and hall."""


@click.group(
    cls=OnDemandGroup,
    commands_in={
        "check": "kiosk.cli.definitions:check",
        "build": "kiosk.cli.definitions:build",
        "release": "kiosk.cli.releases:release",
        "list": "kiosk.cli.releases:show",
        "diff": "kiosk.cli.releases:diff",
        "import": "kiosk.cli.xlsform:read",
        "xlsform": "kiosk.cli.xlsform:write",
        "posters": "kiosk.cli.papers:posters",
        "checklist": "kiosk.cli.papers:checklist",
        "form": "kiosk.cli.papers:blank_form",
    },
)
def catalogue_group() -> None:
    """The catalogue of service items."""


@click.group(
    cls=OnDemandGroup,
    commands_in={
        "enrol": "kiosk.cli.terminal:enrol",
        "move": "kiosk.cli.terminal:move",
        "certify": "kiosk.cli.terminal:certify",
        "serve": "kiosk.cli.serving:serve_terminal",
        "simulate": "kiosk.cli.stand_in:issue",
    },
)
def terminal_group() -> None:
    """A village or community terminal."""


@click.group(
    cls=OnDemandGroup,
    commands_in={
        "status": "kiosk.cli.verify:status",
        "export": "kiosk.cli.carrying:export",
        "import": "kiosk.cli.carrying:take_answer",
    },
)
def outbox_group() -> None:
    """The offline queue of this terminal."""


@click.group(
    cls=OnDemandGroup,
    commands_in={
        "init": "kiosk.cli.hall:init",
        "invite": "kiosk.cli.hall:invite",
        "approve": "kiosk.cli.hall:approve",
        "revoke": "kiosk.cli.hall:revoke",
        "rejoin": "kiosk.cli.hall:rejoin",
        "account": "kiosk.cli.hall:account",
        "import": "kiosk.cli.carrying:take_in",
        "quarantine": "kiosk.cli:quarantine_group",
        "audit": "kiosk.cli:audit_group",
        "count-figures": "kiosk.cli.figures:count",
        "serve": "kiosk.cli.serving:serve_hall",
    },
)
def hall_group() -> None:
    """The central hall."""


@click.group(
    cls=OnDemandGroup,
    commands_in={
        "list": "kiosk.cli.quarantine:show",
        "replay": "kiosk.cli.quarantine:replay",
        "set-aside": "kiosk.cli.quarantine:set_aside",
    },
)
def quarantine_group() -> None:
    """What terminals have sent and the hall could not apply."""


@click.group(
    cls=OnDemandGroup,
    commands_in={"verify": "kiosk.cli.auditing:verify", "head": "kiosk.cli.auditing:head"},
)
def audit_group() -> None:
    """Who did what at the hall."""


def main() -> None:
    """Run the command line; one line and exit 2 for every foreseen error."""
    try:
        group(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.UsageError as error:
        where = f" (see {error.ctx.command_path} --help)" if error.ctx is not None else ""
        _fail(error.format_message() + where)
    except click.ClickException as error:
        click.echo(f"kiosk: {' '.join(error.format_message().split())}", err=True)
        sys.exit(error.exit_code)
    except DomainError as error:
        _fail(f"{error.message.en} {error.message.zh}")
    except OperationalError as error:
        _fail(f"the database cannot be used: {error.orig}")
    except (BadConfig, NotEnrolled, LineDown, HallRefuses, LookupError, OSError) as error:
        _fail(str(error))


def _fail(message: str) -> None:
    click.echo(f"kiosk: {' '.join(message.split())}", err=True)
    sys.exit(2)
