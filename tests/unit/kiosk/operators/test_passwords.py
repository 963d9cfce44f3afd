"""Password hashes: argon2id, never alike, and no quicker for somebody who is not there."""

import statistics
import time

import pytest

from kiosk.operators.passwords import hash_password, is_correct

pytestmark = pytest.mark.usefixtures("own_hashing")


def test_a_hash_is_argon2id_with_the_parameters_of_owasp():
    assert hash_password("secret").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_the_same_password_is_never_hashed_alike():
    assert hash_password("secret") != hash_password("secret")


def test_a_password_is_told_from_others():
    known = hash_password("秘密 secret")
    assert is_correct(known, "秘密 secret")
    assert not any(is_correct(known, other) for other in ("", "秘密 secre", "秘密 secret "))


def test_nobody_has_no_password_and_is_told_so_as_slowly():
    known = hash_password("secret")
    assert not is_correct(None, "nobody has this password")

    def seconds(hashed: str | None) -> float:
        times = []
        for _ in range(7):
            # Processor time: what else the machine does has no part in it.
            begun = time.thread_time()
            is_correct(hashed, "wrong")
            times.append(time.thread_time() - begun)
        return statistics.median(times)

    assert seconds(None) > 0.3 * seconds(known)


def test_a_damaged_hash_is_no_password():
    assert not is_correct("$argon2id$v=19$m=19456,t=2,p=1$AAAA$AAAA", "secret")
    assert not is_correct("plain", "plain")
