"""Enrolling: which keys are taken, and what several terminals get that ask in the same moment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from kiosk.errors import Conflict, DomainError, Invalid
from kiosk.hall import enrolment
from sync.identity import load_or_make
from sync.ledger import Terminal
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


#: Points of low order (RFC 7748, section 6.1) and what stands for one of them: u = 0, 1, p.
LOW_ORDER = ("00" * 32, "01" + "00" * 31, "ed" + "ff" * 30 + "7f")


@pytest.mark.parametrize("point", LOW_ORDER)
def test_keys_that_nothing_can_be_sealed_for_are_refused_and_the_code_still_opens(
    hall, tmp_path, point
):
    code = hall.within(enrolment.invite, STATION, "前溪社区")
    key = load_or_make(tmp_path / "keys").public.to_hex()
    with pytest.raises(Invalid) as refused:
        hall.within(enrolment.enrol, code, key[:64] + point)
    assert refused.value.code == "keys_malformed"
    assert hall.within(enrolment.enrol, code, key).public == key


def test_keys_are_kept_and_compared_in_one_form_however_their_digits_are_written(hall, tmp_path):
    key = load_or_make(tmp_path / "keys").public.to_hex()
    code, other = (hall.within(enrolment.invite, STATION, "前溪社区") for _ in range(2))
    terminal = hall.within(enrolment.enrol, code, key.upper())
    assert terminal.public == key
    assert hall.within(enrolment.enrol, code, key).number == terminal.number
    for written in (key, key.upper()):
        with pytest.raises(Conflict):
            hall.within(enrolment.enrol, other, written)


def test_keys_that_an_earlier_release_kept_in_capitals_are_known(hall, tmp_path):
    key = load_or_make(tmp_path / "keys").public.to_hex()
    code, other = (hall.within(enrolment.invite, STATION, "前溪社区") for _ in range(2))
    terminal = hall.within(enrolment.enrol, code, key)
    with hall.writing() as session:
        session.get_one(Terminal, terminal.terminal_id).public = key.upper()
    assert hall.within(enrolment.enrol, code, key).number == terminal.number
    with pytest.raises(Conflict):
        hall.within(enrolment.enrol, other, key)
