"""The child process that makes papers, `python -m kiosk.printing.child`: the user of WeasyPrint.

Answers one frame after the other on the socket that is its standard input: HTML in, PDF out. What
people typed is in the HTML, so nothing is fetched from anywhere, and memory and time are limited.
Neighbours: `press` starts it; `paper.css` is the look of every paper.
"""

import ctypes
import importlib
import os
import resource
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

from kiosk.materials import wire

MEMORY = 768 * 1024 * 1024
"""Bytes of address space beyond what the program takes when it has started; fonts are mapped."""
CPU_SECONDS = 300
"""Processor time for one paper, be it 110 posters; who waits for one page gives up sooner."""
IDLE_SECONDS = 60.0

_MOST_REQUEST_BYTES = 16 * 1024 * 1024
_MOST_ANSWER_BYTES = 64 * 1024 * 1024
_STYLES = Path(__file__).with_name("paper.css")


def main() -> None:
    """Serve until the other end closes, or nothing has come for a while."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    channel = socket.socket(fileno=os.dup(sys.stdin.fileno()))
    channel.settimeout(IDLE_SECONDS)
    try:
        try:
            weasyprint = importlib.import_module("weasyprint")
        except (ImportError, OSError):
            # Its own package, or one of the libraries that it loads.
            wire.send(channel, wire.REFUSAL, b"printing_not_here")
            return
        if not _has_chinese_font():
            wire.send(channel, wire.REFUSAL, b"printing_fonts_missing")
            return
        _confine()
        _serve(channel, weasyprint)
    except (TimeoutError, EOFError, ConnectionError):
        return


def _serve(channel: socket.socket, weasyprint: Any) -> None:
    # Pictures are in the HTML itself; nothing else is fetched, from no disk and no host.
    inside = weasyprint.urls.URLFetcher(allowed_protocols=("data",))
    fonts = weasyprint.text.fonts.FontConfiguration()
    styles = weasyprint.CSS(filename=_STYLES, font_config=fonts)
    wire.send(channel, wire.READY)
    while True:
        _, html = wire.receive(channel, _MOST_REQUEST_BYTES)
        _limit_cpu()
        try:
            document = weasyprint.HTML(string=html.decode(), url_fetcher=inside)
            pdf = document.write_pdf(stylesheets=[styles], font_config=fonts, pdf_tags=True)
        except MemoryError:
            wire.send(channel, wire.REFUSAL, b"paper_too_large")
            return
        if len(pdf) > _MOST_ANSWER_BYTES:
            wire.send(channel, wire.REFUSAL, b"paper_too_large")
        else:
            wire.send(channel, wire.ANSWER, pdf)


def _has_chinese_font() -> bool:
    """Ask fontconfig, which the layout asks too, for any font that covers simplified Chinese."""
    fontconfig = ctypes.CDLL("libfontconfig.so.1")
    for name in ("FcNameParse", "FcObjectSetCreate", "FcFontList"):
        getattr(fontconfig, name).restype = ctypes.c_void_p
    fontconfig.FcFontList.argtypes = [ctypes.c_void_p] * 3
    pattern = fontconfig.FcNameParse(b":lang=zh-cn")
    found = fontconfig.FcFontList(None, pattern, fontconfig.FcObjectSetCreate())
    # The first member of an FcFontSet is the count of its fonts.
    return bool(found) and ctypes.cast(found, ctypes.POINTER(ctypes.c_int)).contents.value > 0


def _confine() -> None:
    """Little memory and no core file; the first to go when the machine runs out of memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    memory = pages * resource.getpagesize() + MEMORY
    Path("/proc/self/oom_score_adj").write_text("1000")
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_cpu() -> None:
    """So many seconds of processor time from now on; the kernel ends the process at the limit."""
    used = time.process_time()
    resource.setrlimit(resource.RLIMIT_CPU, (int(used) + 1 + CPU_SECONDS, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main()
