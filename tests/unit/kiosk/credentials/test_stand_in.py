"""The stand-in issuer: its codes are good once, for minutes, and only where they were made."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk import clock
from kiosk.credentials.port import Credential, Identity
from kiosk.credentials.stand_in import VALID, StandIn, recognise
from kiosk.errors import Invalid

SOMEBODY = Identity("曹玉珍", "320582196603101243", "13862279001")


@pytest.fixture
def issuer(tmp_path: Path) -> StandIn:
    return StandIn(tmp_path)


def read(text: str) -> Credential:
    found = recognise(text)
    assert found is not None
    return found


@pytest.mark.parametrize("kind", ["resident", "insurance"])
def test_a_code_says_whose_it_is_once(issuer: StandIn, kind: str) -> None:
    credential = read(issuer.issue(kind, SOMEBODY))
    assert credential.kind == kind
    assert issuer.identify(credential) == SOMEBODY
    with pytest.raises(Invalid, match="credential_not_good"):
        issuer.identify(credential)


def test_of_many_who_show_one_code_at_once_one_is_told(issuer: StandIn) -> None:
    credential = read(issuer.issue("resident", SOMEBODY))

    def told(_: int) -> bool:
        try:
            return issuer.identify(credential) == SOMEBODY
        except Invalid:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(told, range(32))) == 1


def test_an_old_code_is_good_no_more(issuer: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    credential = read(issuer.issue("resident", SOMEBODY))
    later = clock.now() + VALID + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    with pytest.raises(Invalid):
        issuer.identify(credential)


def changed(text: str) -> Iterator[str]:
    """The code with each character of its token and seal changed in turn."""
    for place in range(len("SIM1.R."), len(text)):
        if text[place] != ".":
            yield text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]


def test_a_changed_code_and_one_of_another_machine_are_turned_away(
    issuer: StandIn, tmp_path: Path
) -> None:
    text = issuer.issue("resident", SOMEBODY)
    for forged in [*changed(text), StandIn(tmp_path / "other").issue("resident", SOMEBODY)]:
        with pytest.raises(Invalid):
            issuer.identify(read(forged))
    assert issuer.identify(read(text)) == SOMEBODY


def test_a_resident_code_cannot_be_passed_off_as_an_insurance_credential(issuer: StandIn) -> None:
    text = issuer.issue("resident", SOMEBODY)
    with pytest.raises(Invalid):
        issuer.identify(read(text.replace("SIM1.R", "SIM1.M")))


def test_nothing_personal_lies_readable_on_disk_or_in_words(
    issuer: StandIn, tmp_path: Path
) -> None:
    text = issuer.issue("resident", SOMEBODY)
    token = text.split(".")[2].encode()
    for file in tmp_path.rglob("*"):
        assert token.decode() not in file.name
        if file.is_file():
            kept = file.read_bytes()
            assert not any(
                value in kept
                for value in (token, SOMEBODY.name.encode(), SOMEBODY.id_number.encode())
            )
    shown = repr(SOMEBODY) + repr(read(text))
    assert token.decode() not in shown
    assert SOMEBODY.id_number not in shown


@pytest.mark.parametrize("text", ["", "SIM1", "SIM1.R.A.B", "SIM1.X." + "A" * 26 + "." + "A" * 13])
def test_other_texts_are_no_credential(text: str) -> None:
    assert recognise(text) is None
