"""``kiosk backup …`` and ``kiosk restore``: keep a machine's data, try that, bring it back.

``kiosk backup FOLDER`` makes one. The secret of the recovery key is read from a file or typed,
never taken from the command line, which everybody on the machine may read.
"""

import json
import sys
from dataclasses import asdict, replace
from pathlib import Path

import click
from pyrage import x25519

from kiosk.app_services import services
from kiosk.backup import drilling, making, recovery_key, restoring, vault
from kiosk.backup.manifest import BadBackup
from kiosk.backup.vault import Backup
from kiosk.cli.opened import opened
from kiosk.cli.recovery_sheet import page, plain
from kiosk.config import BadConfig, Config, Role, from_environment
from kiosk.db import engine
from kiosk.operators import audit

_FOLDER = click.Path(file_okay=False, path_type=Path)
_KEY = click.option(
    "--key",
    "key_file",
    type=click.Path(dir_okay=False, allow_dash=True),
    default="-",
    show_default=True,
    help="File with the recovery key (the saved sheet will do); - asks for it.",
)
_DATABASE = click.option(
    "--database-url", default="", help="PostgreSQL; default: KIOSK_DATABASE_URL."
)
_ROLE = click.option(
    "--role", type=click.Choice(["terminal", "hall"]), help="Default: what the data folder holds."
)


class _MakingGroup(click.Group):
    """A group whose first word may be a folder: then a backup is made there."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put ``make`` before arguments that name no command."""
        if args and args[0] not in self.commands and args[0] not in {"-h", "--help"}:
            args = ["make", *args]
        return super().parse_args(ctx, args)


@click.group("backup", cls=_MakingGroup)
def command() -> None:
    """Backups of this machine: `kiosk backup FOLDER` makes one."""


@command.command("make")
@click.argument("folder", type=_FOLDER)
@click.option("--keep", type=click.IntRange(1), help="Then delete all but the newest N.")
@_ROLE
def make(folder: Path, keep: int | None, role: Role | None) -> None:
    """Make a backup in FOLDER, encrypted, while the services run; prints what was made as JSON."""
    with opened(_own_config(role)).app_context():
        made = making.make(services(), folder.resolve())
        engine().dispose()
    gone = vault.prune(folder, keep) if keep else []
    click.echo(json.dumps({**asdict(made), "deleted": gone}))
    if made.missing:
        click.echo(f"kiosk: {len(made.missing)} files are damaged or missing", err=True)
        sys.exit(1)


@command.command("key")
@click.argument("sheet", type=click.Path(dir_okay=False, allow_dash=True))
@_ROLE
def key(sheet: str, role: Role | None) -> None:
    """Make a recovery key: its secret goes to SHEET alone, to be printed and taken away.

    SHEET is an HTML page; - shows it on this screen and writes it nowhere. Backups from now on open
    with each key that was made here.
    """
    config = _own_config(role)
    with opened(config).app_context():
        fingerprint = services().identity.public.fingerprint()
        engine().dispose()
    secret, public = recovery_key.make()
    if sheet == "-":
        click.echo(plain(secret, public, fingerprint))
    else:
        path = Path(sheet)
        path.touch(mode=0o600, exist_ok=False)
        path.write_text(page(secret, public, fingerprint))
        click.echo(f"print {path}, take it away from this machine, and delete it here", err=True)
    recovery_key.add_recipient(config.data_dir, public)
    with opened(config).app_context():
        audit.note("backup.key_made", str(public)[:40], audit.COMMAND)
        engine().dispose()


@command.command("list")
@click.argument("folder", type=_FOLDER)
def show(folder: Path) -> None:
    """Print the backups in FOLDER, oldest first, one JSON line each; exit 1 when one is damaged."""
    is_whole = True
    for each in vault.folders(folder):
        try:
            shown = _shown(vault.find(each))
        except BadBackup as error:
            shown, is_whole = {"backup": each.name, "problem": str(error)}, False
        click.echo(json.dumps(shown))
    if not is_whole:
        sys.exit(1)


@command.command("prune")
@click.argument("folder", type=_FOLDER)
@click.option("--keep", type=click.IntRange(1), required=True, help="So many of the newest stay.")
def prune(folder: Path, keep: int) -> None:
    """Delete old backups of FOLDER; the newest that a drill has verified always stays."""
    click.echo(json.dumps({"deleted": vault.prune(folder, keep)}))


@command.command("drill")
@click.argument("source", type=_FOLDER)
@_KEY
@_DATABASE
def drill(source: Path, key_file: str, database_url: str) -> None:
    """Restore SOURCE to a temporary place and prove it; one JSON line, exit 1 when it fails."""
    backup = vault.find(source)
    found = drilling.drill(backup, _config_for(backup, None, database_url), _secret(key_file))
    try:
        backup.note_drill(found)
    except OSError as error:
        # What cannot be written to can be read and proved.
        click.echo(f"kiosk: the result is not noted beside the backup: {error}", err=True)
    click.echo(json.dumps(found, ensure_ascii=False))
    if not found["ok"]:
        click.echo("kiosk: " + "; ".join(found["faults"][:5]), err=True)
        sys.exit(1)


@click.command("restore")
@click.argument("source", type=_FOLDER)
@click.option("--data", type=_FOLDER, help="Default: KIOSK_DATA_DIR.")
@_DATABASE
@_KEY
@click.option("--replace", "replacing", is_flag=True, help="Put what is there aside first.")
def restore(
    source: Path, data: Path | None, database_url: str, key_file: str, replacing: bool
) -> None:
    """Bring SOURCE back: one backup, or the newest of a folder. The services must be stopped.

    Prints what came back as JSON; compare the fingerprint with the sheet. Interrupted, run it
    again.
    """
    backup = vault.find(source)
    config = _config_for(backup, data, database_url)
    restored = restoring.restore(backup, config, _secret(key_file), replacing=replacing)
    click.echo(json.dumps(asdict(restored)))


def _own_config(role: Role | None) -> Config:
    """Return the configuration of this machine, whose role is told by its data when not said."""
    hall, terminal = from_environment("hall"), None
    if role == "hall" or (role is None and hall.database_url.startswith("postgresql")):
        return hall
    terminal = from_environment("terminal")
    if role == "terminal" or (terminal.data_dir / "terminal.db").exists():
        return terminal
    if (hall.data_dir / "hall.db").exists():
        return hall
    raise BadConfig(f"{terminal.data_dir} holds no data; set KIOSK_DATA_DIR, or say --role")


def _config_for(backup: Backup, data: Path | None, database_url: str) -> Config:
    role = backup.manifest.role
    if role not in {"hall", "terminal"}:
        raise BadBackup(f"{backup.name} is the backup of a {role}, which is not known here")
    base = from_environment("hall" if role == "hall" else "terminal")
    folder = data.resolve() if data else base.data_dir
    return replace(base, data_dir=folder, database_url=database_url or base.database_url)


def _secret(key_file: str) -> x25519.Identity:
    if key_file != "-":
        return recovery_key.read(Path(key_file).read_text())
    if sys.stdin.isatty():
        return recovery_key.read(click.prompt("recovery key", hide_input=True, err=True))
    return recovery_key.read(sys.stdin.read())


def _shown(backup: Backup) -> dict[str, object]:
    told = backup.manifest
    return {
        "backup": backup.name,
        "role": told.role,
        "number": told.number,
        "program": told.program,
        "schema": told.schema,
        "bytes": told.bytes,
        "blobs": told.blobs,
        "missing": len(told.missing),
        "verified": backup.verified and {k: backup.verified[k] for k in ("drilled_at", "ok")},
    }
