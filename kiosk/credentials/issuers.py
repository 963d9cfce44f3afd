"""Who is asked about which kind of code. To connect a real service, put its adapter here.

Neighbours: `port` is the form of an adapter, `stand_in` the only one so far.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from kiosk.credentials.port import Credential, Identity, Issuer, Kind
from kiosk.credentials.stand_in import StandIn

#: Made of the data folder, where an adapter keeps what it needs.
ISSUERS: Mapping[Kind, Callable[[Path], Issuer]] = {
    "resident": StandIn,
    "insurance": StandIn,
}


def identify(credential: Credential, data_dir: Path) -> Identity:
    """Ask the issuer whose code it is; only after consent. Raises Invalid and Unavailable."""
    return ISSUERS[credential.kind](data_dir).identify(credential)
