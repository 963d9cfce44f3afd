"""Answers that a browser may keep: what a release says is the same for everybody until the next.

Neighbours: ``items`` and ``search_index`` answer with it; everything else below /api is no-store.
"""

import hashlib

from flask import Response, request

YEAR_SECONDS = 31_536_000
DIGEST_LENGTH = 32


def digest_of(content: bytes) -> str:
    """Return the name of a body: the first 32 hex digits of its SHA-256."""
    return hashlib.sha256(content).hexdigest()[:DIGEST_LENGTH]


def asked_again(content: bytes, *, by_language: bool = False) -> Response:
    """Return JSON that may be kept but is asked for again: 304 while its digest is the same."""
    answer = _json(content)
    answer.cache_control.no_cache = True
    if by_language:
        answer.vary.add("Accept-Language")
    # A body that was compressed on the way has a mark behind its digest.
    kept = (tag.partition(":")[0] for tag in request.if_none_match.as_set(include_weak=True))
    if digest_of(content) in kept:
        answer.status_code = 304
        answer.set_data(b"")
    return answer


def for_ever(content: bytes) -> Response:
    """Return JSON under an address that names its digest: it never changes."""
    answer = _json(content)
    answer.cache_control.max_age = YEAR_SECONDS
    answer.cache_control.immutable = True
    return answer


def _json(content: bytes) -> Response:
    answer = Response(content, mimetype="application/json")
    answer.set_etag(digest_of(content))
    answer.cache_control.public = True
    return answer
