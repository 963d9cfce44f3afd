"""Addresses whose builders are compiled when they are first built."""

from flask import Flask

from kiosk.late_rules import LateRule


def test_an_argument_may_be_called_as_a_part_of_the_machinery():
    app = Flask(__name__)
    app.url_rule_class = LateRule
    app.add_url_rule("/silence", endpoint="silence")
    with app.test_request_context():
        for _ in range(2):
            assert app.url_for("silence", rule="clock") == "/silence?rule=clock"
