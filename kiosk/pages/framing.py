"""What a browser may do with an answer, and whether another page may show it in a frame.

Knows no page. Neighbours: `kiosk.app` forbids frames everywhere; papers are shown in a frame of our
own page, because a browser's view of a PDF has no way back.
"""

from flask import Response

_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors {ancestors}"
)


def forbid(answer: Response) -> None:
    """Let no page show `answer` in a frame, unless `allow_own` has been there before."""
    answer.headers.setdefault("X-Frame-Options", "DENY")
    answer.headers.setdefault("Content-Security-Policy", _POLICY.format(ancestors="'none'"))


def allow_own(answer: Response) -> Response:
    """Let pages of this site show `answer` in a frame."""
    answer.headers.setdefault("X-Frame-Options", "SAMEORIGIN")
    answer.headers.setdefault("Content-Security-Policy", _POLICY.format(ancestors="'self'"))
    return answer
