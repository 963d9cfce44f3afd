"""The child that makes papers: what it lacks is said, what it is given does nothing, it goes."""

import os
import signal
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from structlog.testing import capture_logs

from kiosk.errors import DomainError, Unavailable
from kiosk.printing import press as pressing
from kiosk.printing.press import Press, printed
from tests.builders.papers import page_count, text_of

HELLO = "<p>您好 hello</p>"
#: What is read on it: the page number too.
READ = "您好 hello 1 / 1"


def test_html_becomes_a_paper_whose_text_can_be_read():
    assert text_of(printed(HELLO)) == READ


def test_one_press_makes_several_papers(press):
    assert [page_count(press.pdf(HELLO)) for _ in range(3)] == [1, 1, 1]


def test_no_child_is_left_when_the_paper_is_made():
    with Press() as one:
        child = one._process
        one.pdf(HELLO)
    assert child.poll() is not None


def test_without_chinese_fonts_it_says_so(tmp_path):
    (tmp_path / "fonts.conf").write_text("<fontconfig></fontconfig>")
    with (
        pytest.raises(Unavailable) as refused,
        Press({"FONTCONFIG_FILE": str(tmp_path / "fonts.conf")}),
    ):
        pass
    assert refused.value.code == "printing_fonts_missing"
    assert "中文字体" in refused.value.message.zh


@pytest.mark.parametrize("fault", ["ImportError('absent')", "OSError('cannot load libpango')"])
def test_without_the_library_or_what_it_loads_it_says_so(tmp_path, fault):
    (tmp_path / "weasyprint.py").write_text(f"raise {fault}")
    path = f"{tmp_path}{os.pathsep}{pressing._ROOT}"
    with pytest.raises(Unavailable) as refused, Press({"PYTHONPATH": path}):
        pass
    assert refused.value.code == "printing_not_here"


def test_a_child_that_dies_costs_one_paper():
    with Press() as one:
        os.kill(one._process.pid, signal.SIGKILL)
        with pytest.raises(Unavailable) as refused, capture_logs() as logged:
            one.pdf(HELLO)
    assert refused.value.code == "printing_failed"
    assert [entry["event"] for entry in logged] == ["paper_not_made"]
    assert logged[0]["exit_status"] == -signal.SIGKILL
    assert text_of(printed(HELLO)) == READ


def test_a_paper_that_takes_too_long_is_given_up_and_its_child_ended():
    with Press() as one:
        child = one._process
        with pytest.raises(Unavailable) as refused:
            one.pdf(HELLO * 5000, seconds=0.05)
        assert child.poll() is not None
    assert refused.value.code == "printing_failed"


def test_nothing_is_fetched_from_a_host_or_from_the_disk(press, tmp_path):
    asked = []

    class Listening(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

    secret = tmp_path / "secret.txt"
    secret.write_text("a secret of the disk")
    with HTTPServer(("127.0.0.1", 0), Listening) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host = f"http://127.0.0.1:{server.server_port}"
        pdf = press.pdf(
            f'<link rel="stylesheet" href="{host}/a.css"><img src="{host}/b.png">'
            f'<link rel="attachment" href="file://{secret}"><img src="file://{secret}">{HELLO}'
        )
        server.shutdown()
    assert asked == []
    assert text_of(pdf) == READ
    assert b"EmbeddedFile" not in pdf


def test_who_would_have_to_wait_long_is_told_at_once():
    places = 1 + pressing.MOST_IN_LINE
    for _ in range(places):
        assert pressing._line.acquire(blocking=False)
    try:
        with pytest.raises(DomainError) as refused:
            printed(HELLO)
    finally:
        for _ in range(places):
            pressing._line.release()
    assert refused.value.code == "printing_busy"


def test_several_at_once_all_get_their_paper():
    made = []
    threads = [
        threading.Thread(target=lambda: made.append(text_of(printed(HELLO)))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [READ] * 3
