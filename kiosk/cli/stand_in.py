"""``kiosk terminal simulate``: a resident code or insurance credential to try with.

It is one of a made-up person and of the stand-in issuer; a real issuer's codes are on residents'
phones. Neighbour: `kiosk.credentials.stand_in`.
"""

from pathlib import Path
from typing import get_args

import click

from kiosk.config import from_environment
from kiosk.credentials.port import Identity, Kind
from kiosk.credentials.stand_in import VALID, StandIn
from kiosk.receipts import qr

#: Made up, as the samples of the items are.
SOMEBODY = Identity("曹玉珍", "320582196603101243", "13862279001")


@click.command("simulate")
@click.argument("kind", type=click.Choice(get_args(Kind)))
@click.option("--png", type=click.Path(path_type=Path, dir_okay=False), help="Draw it there too.")
def issue(kind: Kind, png: Path | None) -> None:
    """Print a code of a made-up person for the scanner of this terminal.

    It is good once and for a few minutes. It stands in for the real 居民码 (resident) and
    医保电子凭证 (insurance), whose issuers are not connected.
    """
    text = StandIn(from_environment("terminal").data_dir).issue(kind, SOMEBODY)
    if png is not None:
        png.write_bytes(qr.png(text, "M"))
    click.echo(text)
    click.echo(f"good once, for {VALID.total_seconds() / 60:.0f} minutes", err=True)
