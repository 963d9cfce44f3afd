"""The hall's files by a tus client that is not ours; all that it lacks is the signature."""

import os
import threading
from collections.abc import Iterator

import pytest
import requests
from tusclient.client import TusClient
from werkzeug.serving import make_server

from sync.transport import Request, sign_request
from tests.builders.cases import a_case_at, a_picture_at, a_submission


@pytest.fixture
def address(small_pair, monkeypatch) -> Iterator[str]:
    """Where the hall listens; whatever `requests` sends there is signed by the terminal."""
    plain = requests.adapters.HTTPAdapter.send

    def signed(adapter, prepared, **options):
        request = Request(prepared.method, prepared.url, dict(prepared.headers))
        key = small_pair.terminal.parts.identity.signing
        sign_request(request, prepared.body or b"", small_pair.line.key_id, key)
        prepared.headers.update(request.headers)
        return plain(adapter, prepared, **options)

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", signed)
    server = make_server("127.0.0.1", 0, small_pair.hall.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}/sync/v1/blobs/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_tuspy_brings_a_file_in_pieces_and_goes_on_where_it_stopped(small_pair, address):
    builder = a_submission(small_pair.terminal, "RS-001")
    large = a_picture_at(small_pair.terminal, os.urandom(300_000))
    a_case_at(small_pair.terminal, builder.with_material(next(iter(builder.attachments)), large))
    small_pair.push()
    store, hall = small_pair.terminal.parts.blobs, small_pair.hall.parts.blobs
    for sha in small_pair.pull():
        client = TusClient(address, headers={"Upload-Length": str(store.size(sha))})
        with store.path(sha).open("rb") as file:
            where = {"file_stream": file, "url": address + sha, "chunk_size": 100_000}
            client.uploader(**where).upload_chunk()
            again = client.uploader(**where)
            assert again.get_offset() == min(100_000, store.size(sha))
            again.upload()
        assert hall.read(sha) == store.read(sha)
    assert small_pair.pull() == []
