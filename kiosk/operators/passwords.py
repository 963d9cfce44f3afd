"""Password hashes: argon2id with 19 MiB, two passes (OWASP Password Storage Cheat Sheet).

Knows no accounts. One hash takes some 20 ms, on purpose.
"""

import argon2

MIN_LENGTH = 12

_HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
#: Verified when there is no such account, so that the answer takes as long.
_NOBODY = _HASHER.hash("nobody has this password")


def hash_password(password: str) -> str:
    """Return the argon2id hash in its standard text form."""
    return _HASHER.hash(password)


def is_correct(password_hash: str | None, password: str) -> bool:
    """Tell whether ``password`` fits; with no hash it is wrong, in the same time."""
    try:
        _HASHER.verify(password_hash or _NOBODY, password)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False
    return password_hash is not None
