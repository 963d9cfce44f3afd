"""A group of commands that are imported when they are asked for, each for itself.

A terminal's web process and worker are started through the console command and keep in memory
whatever it imported: without this they would carry the catalogue's tools (pypinyin alone takes tens
of megabytes, and is not installed where the product only runs). Neighbours: ``kiosk.cli`` names the
commands.
"""

import importlib
from collections.abc import Mapping
from typing import Any

import click


class OnDemandGroup(click.Group):
    """A click group whose commands are named as ``module:attribute``."""

    def __init__(self, *, commands_in: Mapping[str, str], **settings: Any) -> None:
        """``commands_in`` maps names of commands to ``module:attribute``, imported later."""
        super().__init__(**settings)
        self._commands_in = commands_in

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, also of those added to the group directly."""
        return sorted({*self._commands_in, *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command, or None when there is none of that name."""
        if cmd_name not in self._commands_in:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = self._commands_in[cmd_name].partition(":")
        found = getattr(importlib.import_module(module), attribute)
        if not isinstance(found, click.Command):
            raise TypeError(f"{module}:{attribute} is not a command")
        return found
