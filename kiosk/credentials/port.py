"""What the product asks of an issuer of resident codes or insurance credentials.

A code is an opaque token that is good once and for minutes. Whoever holds it learns nothing from
it; the issuer tells whose it is. The token is never stored, never logged and in no address.
Neighbour: `stand_in` is the only issuer so far.
"""

from dataclasses import dataclass, field
from typing import Literal, Protocol

Kind = Literal["resident", "insurance"]


@dataclass(frozen=True, slots=True)
class Credential:
    """A code that was read, not yet believed: its kind and all of its text."""

    kind: Kind
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose code it was. `phone` is empty where the issuer does not tell it."""

    name: str = field(repr=False)
    id_number: str = field(repr=False)
    phone: str = field(default="", repr=False)


class Issuer(Protocol):
    """Tells whose a code is; ask only after the person has agreed."""

    def identify(self, credential: Credential) -> Identity:
        """Return whose code it is; it is spent with that.

        Raises Invalid when it was forged, spent or is too old, Unavailable when the issuer does
        not answer.
        """
        ...
