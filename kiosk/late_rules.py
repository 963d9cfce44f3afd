"""URL rules that make their builder when an address is first built with them.

werkzeug writes and compiles two functions for every rule when it is added. A page builds twenty
addresses of a hundred and fifty, a process of the worker none: waiting saves most of the time in
which an application is made. Neighbour: ``kiosk.core`` gives the class to Flask.
"""

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]


class LateRule(Rule):
    """A rule of werkzeug's; only the time at which it compiles differs."""

    def _compile_builder(self, append_unknown: bool = True) -> Builder:
        compile_now = super()._compile_builder
        name = "_build_unknown" if append_unknown else "_build"

        def first(rule: Rule, /, **values: Any) -> tuple[str, str]:
            builder = compile_now(append_unknown).__get__(rule, None)
            setattr(rule, name, builder)
            return builder(**values)  # type: ignore[no-any-return]

        return first
