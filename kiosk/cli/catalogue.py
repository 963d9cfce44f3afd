"""``kiosk catalogue …``: which commands there are; each is imported when it is asked for.

A hall that only rolls a release out has none of the programs that authors need.
"""

import click

from kiosk.cli.on_demand import OnDemandGroup


@click.group(
    "catalogue",
    cls=OnDemandGroup,
    commands_in={
        "check": "kiosk.cli.definitions:check",
        "build": "kiosk.cli.definitions:build",
        "release": "kiosk.cli.releases:release",
        "list": "kiosk.cli.releases:show",
        "diff": "kiosk.cli.releases:diff",
        "import": "kiosk.cli.xlsform:read",
        "xlsform": "kiosk.cli.xlsform:write",
    },
)
def command() -> None:
    """The catalogue of service items."""
