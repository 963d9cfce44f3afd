"""What can go wrong in the domain, and the one table from that to HTTP.

Verbs raise these; routes let them pass; ``kiosk.api.problem`` and the pages
draw them. Every message is a ``Text`` in Chinese and English, so that nothing
here needs to know which language the person reads.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forms.definition import Text


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One field that cannot stay as it is.

    ``path`` is dotted from the top of what was sent (``answers.applicant.id_number``),
    ``code`` is stable for programs, ``message`` is for people.
    """

    path: str
    code: str
    message: Text


class DomainError(Exception):
    """A refusal with a stable code, a message for people, and the fields concerned."""

    def __init__(self, code: str, message: Text, fields: tuple[FieldProblem, ...] = ()) -> None:
        """``code`` is stable snake_case; ``fields`` may be empty."""
        super().__init__(code)
        self.code = code
        self.message = message
        self.fields = fields

    @property
    def members(self) -> Mapping[str, Any]:
        """Further members of the problem (RFC 9457, section 3.2), for programs."""
        return {}


class Unauthenticated(DomainError):
    """Nobody, or somebody unknown, asks."""


class Refused(DomainError):
    """The person is known and may not."""


class Unproved(DomainError):
    """The person may, but has to show the password again first."""


class NotFound(DomainError):
    """There is no such thing, or the asker may not know that there is."""


class Conflict(DomainError):
    """The request does not fit the present state."""


class TooLarge(DomainError):
    """More bytes or pixels than are taken."""


class Unsupported(DomainError):
    """A kind of file that is not taken."""


class Invalid(DomainError):
    """The content breaks a rule; ``fields`` says which."""


class TooMany(DomainError):
    """Asked too often; try again later."""


class Unavailable(DomainError):
    """Cannot be done at this moment; try again later."""


#: The only mapping from domain errors to HTTP (RFC 9110 section 15).
STATUS: dict[type[DomainError], int] = {
    Unauthenticated: 401,
    Refused: 403,
    Unproved: 403,
    NotFound: 404,
    Conflict: 409,
    TooLarge: 413,
    Unsupported: 415,
    Invalid: 422,
    TooMany: 429,
    Unavailable: 503,
}


def status_of(error: DomainError) -> int:
    """Return the HTTP status of ``error``."""
    return STATUS[type(error)]
