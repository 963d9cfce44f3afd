"""How the hall sends what may be long as a file: line by line, and only some of them at once.

An export holds a thread of the web service while it lasts; there is room for few, and whoever comes
when all of it is taken is told so at once. Neighbours: `statistics`, `records` and `tabulating`
have the lines, `kiosk.pages.streaming` the room.
"""

from collections.abc import Callable, Iterator
from typing import AnyStr

from flask import Response, stream_with_context

from forms.definition import Text
from kiosk.app_services import services
from kiosk.errors import Unavailable
from kiosk.pages import streaming

#: Somebody waits for an export so long at most (seconds); it then says that it is not whole.
LONGEST_SECONDS = 300.0


def sent(lines: Iterator[AnyStr], name: str, kind: str) -> Response:
    """Return an answer that sends ``lines`` as a file; Unavailable while there is no room."""
    leave = streaming.enter("exports", services().config.web_threads)
    if leave is None:
        raise Unavailable(
            "exports_full",
            Text(
                "正在导出的人太多，请稍后再试。",
                "Others are exporting at this moment. Please try again in a while.",
            ),
        )
    answer = Response(stream_with_context(_until_the_end(lines, leave)), content_type=kind)
    # Of an answer that nobody reads, or not to its end.
    answer.call_on_close(leave)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _until_the_end(lines: Iterator[AnyStr], leave: Callable[[], None]) -> Iterator[AnyStr]:
    yield from lines
    leave()
