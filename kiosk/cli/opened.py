"""A role's parts for a command: settings from the environment, schema up to date, no web."""

from flask import Flask

from kiosk import schema
from kiosk.config import Config
from kiosk.core import create_core


def opened(config: Config) -> Flask:
    """Return the application of ``config`` with its schema brought up to date."""
    schema.ensure(config)
    return create_core(config)
