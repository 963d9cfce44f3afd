"""The frames between a web process and its picture child, over a local socket: kind, length, bytes.

The same on both ends. Nothing in a frame is ever executed or unpickled. Knows no pictures.
"""

import socket
import struct

CODES = b"C"
REBUILD = b"P"
EDIT = b"E"
READY = b"!"
ANSWER = b"+"
REFUSAL = b"-"

PICTURE = struct.Struct(">IIB")
"""How the answer to REBUILD and EDIT begins: width and height in pixels, the faults as bits; the
JPEG follows."""
TURNS = struct.Struct(">B8H")
"""How a request to EDIT begins: quarter turns to the right, then x and y of the corners to keep, in
10,000ths of the turned picture, from the upper left one clockwise; the picture follows."""
WHOLE = (0, 0, 10_000, 0, 10_000, 10_000, 0, 10_000)
"""The corners of the picture itself: nothing is cut."""

_HEADER = struct.Struct(">cI")


def send(channel: socket.socket, kind: bytes, body: bytes = b"") -> None:
    """Send one frame.

    Raises TimeoutError after the channel's timeout, ConnectionError when the other end is gone.
    """
    channel.sendall(_HEADER.pack(kind, len(body)))
    channel.sendall(body)


def receive(channel: socket.socket, limit: int) -> tuple[bytes, bytes]:
    """The next frame's kind and body, of at most `limit` bytes.

    Raises TimeoutError when the other end is silent for the channel's timeout, EOFError when it has
    closed, ValueError when it announces more than the limit.
    """
    kind, length = _HEADER.unpack(_exactly(channel, _HEADER.size))
    if length > limit:
        raise ValueError("the frame is longer than agreed")
    return kind, bytes(_exactly(channel, length))


def _exactly(channel: socket.socket, length: int) -> bytearray:
    buffer = bytearray(length)
    view, filled = memoryview(buffer), 0
    while filled < length:
        count = channel.recv_into(view[filled:])
        if count == 0:
            raise EOFError("the other end has closed")
        filled += count
    return buffer
