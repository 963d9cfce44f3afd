"""Enrolling: what several terminals get that ask in the same moment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from kiosk.errors import Conflict, DomainError
from kiosk.hall import enrolment
from sync.identity import load_or_make
from tests.builders.machines import STATION, Machine

TERMINALS = 8


def enrolled_at_once(hall: Machine, keys: list[str]) -> list[str | type[DomainError]]:
    """The number that each got, or why it got none."""
    codes = [hall.within(enrolment.invite, STATION, "前溪社区") for _ in keys]
    together = Barrier(len(keys))

    def enrol(code: str, public: str) -> str | type[DomainError]:
        together.wait()
        try:
            return hall.within(enrolment.enrol, code, public).number
        except DomainError as refusal:
            return type(refusal)

    with ThreadPoolExecutor(len(keys)) as pool:
        return list(pool.map(enrol, codes, keys))


def test_terminals_that_enrol_at_once_get_numbers_of_their_own(hall, tmp_path):
    keys = [load_or_make(tmp_path / str(n)).public.to_hex() for n in range(TERMINALS)]
    expected = [str(enrolment.FIRST_NUMBER + n) for n in range(TERMINALS)]
    assert sorted(enrolled_at_once(hall, keys)) == expected


def test_the_same_keys_that_enrol_twice_at_once_are_enrolled_once(hall, tmp_path):
    key = load_or_make(tmp_path / "keys").public.to_hex()
    found = enrolled_at_once(hall, [key] * TERMINALS)
    assert found.count(Conflict) == TERMINALS - 1
    assert str(enrolment.FIRST_NUMBER) in found
