"""Templates say the same words as Flask-Babel, in the language of who reads or is spoken for."""

import flask_babel
import pytest
from flask import render_template_string

from kiosk.api.language import speaking
from kiosk.pages import translating

WORDS = (
    '{{ _("Yes") }}|{{ _("Terminal %(number)s", number="<7>") }}|'
    '{{ ngettext("%(num)d tablet", "%(num)d tablets", 2) }}'
)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_template_says_what_flask_babel_says(reader, language):
    with reader(language) as context:
        said = render_template_string(WORDS)
        translating.install(context.app)
        context.app.jinja_env.cache.clear()
        assert render_template_string(WORDS) == said
        assert "&lt;7&gt;" in said
        assert translating.gettext("Yes") == flask_babel.gettext("Yes")
        for count in (1, 2):
            ours = translating.ngettext("%(num)d tablet", "%(num)d tablets", count)
            assert ours == flask_babel.ngettext("%(num)d tablet", "%(num)d tablets", count)


@pytest.mark.parametrize(("reads", "other"), [("zh", "en"), ("en", "zh")])
def test_what_is_for_others_speaks_theirs(reader, reads, other):
    words = {"zh": "是", "en": "Yes"}
    with reader(reads):
        assert translating.gettext("Yes") == words[reads]
        with speaking(other):
            assert translating.gettext("Yes") == words[other]
        assert translating.gettext("Yes") == words[reads]


def test_outside_an_application_the_texts_are_those_of_the_sources():
    assert translating.gettext("Yes") == "Yes"
