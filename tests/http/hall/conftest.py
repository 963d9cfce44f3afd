"""A hall that serves its pages, and one case that has come to it from a real terminal."""

import pytest

from kiosk.cases.service import Receipt
from tests.builders.cases import PROMISED_ITEM, a_case_at, a_submission
from tests.builders.machines import Pair


@pytest.fixture
def receipt(small_pair: Pair) -> Receipt:
    """A case with a promised time, at the hall with all its pictures."""
    made = a_case_at(small_pair.terminal, a_submission(small_pair.terminal, PROMISED_ITEM))
    small_pair.settle()
    return made
