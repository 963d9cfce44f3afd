"""Who speaks which language: the reader, unless something is for several readers at once."""

import pytest
from flask_babel import gettext

from kiosk.api.language import reading_language, speaking


@pytest.mark.parametrize(("reads", "other"), [("zh", "en"), ("en", "zh")])
def test_what_is_for_others_speaks_theirs_and_then_the_readers_again(reader, reads, other):
    words = {"zh": "是", "en": "Yes"}
    with reader(reads):
        assert gettext("Yes") == words[reads]
        with speaking(other):
            assert reading_language() == other
            assert gettext("Yes") == words[other]
        assert reading_language() == reads
        assert gettext("Yes") == words[reads]


def test_the_reader_is_heard_again_after_a_fault(reader):
    with reader("zh"):
        with pytest.raises(ValueError, match="fault"), speaking("en"):
            raise ValueError("fault")
        assert reading_language() == "zh"
        assert gettext("Yes") == "是"
