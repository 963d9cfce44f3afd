"""Answers in words: what is hidden from whom, and what never needs to be."""

import pytest

from forms.definition import Choice, Field, Text
from kiosk.hall.showing import covered, in_full
from kiosk.terminal.showing import shown

LABEL = Text("标签", "Label")
ID_NUMBER, ITS_MASK = "320582193801011236", "320582********1236"


def a_field(answer, privacy="public", **more):
    return Field("it", LABEL, answer, privacy=privacy, **more)


@pytest.fixture(autouse=True)
def english(reader):
    with reader("en"):
        yield


@pytest.mark.parametrize("look", [shown, covered])
def test_a_personal_number_is_masked(look):
    assert look(a_field("resident_id", "sensitive"), ID_NUMBER) == ITS_MASK


def test_only_the_kiosk_shows_what_the_catalogue_allows_there():
    allowed = a_field("resident_id", "sensitive", unmasked_at_kiosk=True)
    assert shown(allowed, ID_NUMBER) == ID_NUMBER
    assert covered(allowed, ID_NUMBER) == ITS_MASK


def test_in_full_hides_nothing():
    assert in_full(a_field("resident_id", "sensitive"), ID_NUMBER) == ID_NUMBER


CHOICES = (Choice("wages", Text("工资", "Wages")), Choice("farm", Text("种养", "Farming")))


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        (a_field("text"), None, "Left empty"),
        (a_field("choices", choices=CHOICES), [], "Left empty"),
        (a_field("yes_no"), False, "No"),
        (a_field("choice", "personal", choices=CHOICES), "farm", "Farming"),
        (a_field("choices", choices=CHOICES), ["wages", "farm"], "Wages、Farming"),
        (a_field("photo", "sensitive"), "0190-material", "Picture taken"),
        (a_field("amount", "personal"), "2400.00", "2400.00 yuan"),
        (a_field("area", params={"unit": "mu"}), "3", "3 mu"),
        (a_field("period"), {"from": "2026-01-01", "to": "2026-02-01"}, "2026-01-01 to 2026-02-01"),
        (a_field("address", choices=CHOICES), {"division": "farm", "detail": "12"}, "Farming 12"),
        (a_field("address"), {"detail": "12"}, "12"),
    ],
)
@pytest.mark.parametrize("look", [shown, covered, in_full])
def test_all_readers_see_the_same_words_for_what_has_no_mask(look, field, value, words):
    assert look(field, value) == words
