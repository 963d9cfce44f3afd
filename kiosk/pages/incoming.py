"""Where a large upload lies while it comes in: in the data folder, which is made for such sizes.

The folder for short-lived files may be memory. Neighbours: `kiosk.app` gives the class to Flask;
pages that take carriers raise the limit of their requests.
"""

import tempfile
from typing import IO

from flask import Request, current_app, request

from kiosk.app_services import Services

#: What one file of FAT holds, and what stands around it in a form (bytes).
MAX_CARRIER_BYTES = 2**32 + 64 * 1024
#: Below this it is left where the framework puts it.
SMALL_BYTES = 16 * 1024 * 1024


class RoomyRequest(Request):
    """A request whose large files lie in the data folder, without a name, until it is over."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        if (total_content_length or 0) <= SMALL_BYTES:
            return super()._get_file_stream(
                total_content_length, content_type, filename, content_length
            )
        parts: Services = current_app.extensions["kiosk"]
        return tempfile.TemporaryFile(dir=parts.config.data_dir)


def allow_carriers(_: str | None, __: dict[str, object] | None) -> None:
    """Let a request of a page that takes carriers be large; before anything reads it."""
    request.max_content_length = MAX_CARRIER_BYTES
