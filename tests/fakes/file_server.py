"""Files over HTTP from a thread, with ranges, that can hang up in the middle."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BOUND = 10.0
"""Seconds after which a wait in a test has failed."""


class FileServer(ThreadingHTTPServer):
    """Serves `files` (path -> bytes). `cuts`: how many bytes each of the next responses gets before the line is cut.

    No content is sent while `gate` is clear. `requests`: (path, Range header or None) of each request so far.
    """

    daemon_threads = False
    block_on_close = True

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files = files
        self.cuts: list[int] = []
        self.ranges = True
        self.gate = threading.Event()
        self.gate.set()
        self.requests: list[tuple[str, str | None]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: FileServer

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.server.requests.append((self.path, wanted))
        content = self.server.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        asked = re.fullmatch(r"bytes=(\d+)-", wanted or "") if self.server.ranges else None
        start = int(asked[1]) if asked else 0
        if start >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Type", "text/html" if self.path.endswith("/") else "application/octet-stream")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        self.server.gate.wait(BOUND)
        whole = len(content)
        self.wfile.write(content[start : start + (self.server.cuts.pop(0) if self.server.cuts else whole)])

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@contextmanager
def serving(files: dict[str, bytes]) -> Iterator[FileServer]:
    """A server that runs inside the context."""
    with FileServer(files) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
