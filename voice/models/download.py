"""One file over HTTP: resumable, hashed while it streams."""

import hashlib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import httpx

__all__ = ["DownloadFailed", "Network", "download"]

_BLOCK = 1 << 18
_FRUITLESS = 3
"""Attempts in a row that bring not one byte before we give up; a connection that breaks but moves on is kept."""
_TIMEOUT = httpx.Timeout(30.0)


class DownloadFailed(Exception):
    """The file could not be had. The message says why and never holds the URL, which may hold credentials."""


@dataclass(frozen=True, slots=True)
class Network:
    """How to reach the other end, where the environment (HTTPS_PROXY, SSL_CERT_FILE, ...) does not say.

    `cert`: path of a CA bundle. `proxy`: URL.
    """

    cert: str | None = None
    proxy: str | None = None

    def client(self) -> httpx.Client:
        """An HTTP client that follows redirects."""
        verify = ssl.create_default_context(cafile=self.cert) if self.cert else True
        return httpx.Client(verify=verify, proxy=self.proxy, timeout=_TIMEOUT, follow_redirects=True)


DIRECT = Network()


class _Partial:
    """The bytes there are so far, with their running hash."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a+b")
        self._file.seek(0)
        self._digest = hashlib.sha256()
        while block := self._file.read(_BLOCK):
            self._digest.update(block)
        self.size = self._file.tell()

    def append(self, block: bytes) -> None:
        self._file.write(block)
        self._digest.update(block)
        self.size += len(block)

    def restart(self) -> None:
        self._file.truncate(0)
        self._digest = hashlib.sha256()
        self.size = 0

    def close(self) -> str:
        """Returns the SHA-256 in hex."""
        self._file.close()
        return self._digest.hexdigest()


def download(
    url: str, target: Path, sha256: str | None, advanced: Callable[[int], None], network: Network = DIRECT
) -> None:
    """Bring `url` (http, https or file) to `target`, going on with whatever part of it `target` holds already.

    `advanced` is told the bytes there are so far. `sha256` (hex) is verified where known; on a mismatch `target` is
    removed, and if part of it was from before, the download starts once more from nothing. Raises DownloadFailed,
    leaving what came so far for the next attempt.
    """
    while True:
        partial = _Partial(target)
        resumed = partial.size > 0
        try:
            _fetch(url, partial, advanced, network)
        except httpx.HTTPStatusError as error:
            raise DownloadFailed(f"the server answered {error.response.status_code}") from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise DownloadFailed(f"{type(error).__name__}: {error}") from error
        finally:
            digest = partial.close()
        if sha256 in (None, digest):
            return
        target.unlink()
        if not resumed:
            raise DownloadFailed(f"its sha256 is {digest}, but should be {sha256}")


def _fetch(url: str, partial: _Partial, advanced: Callable[[int], None], network: Network) -> None:
    parts = urlsplit(url)
    if parts.scheme == "file":
        partial.restart()
        with Path(url2pathname(parts.path)).open("rb") as file:
            while block := file.read(_BLOCK):
                partial.append(block)
                advanced(partial.size)
        return
    fruitless = 0
    with network.client() as client:
        while True:
            before = partial.size
            try:
                return _stream(client, url, partial, advanced)
            except httpx.TransportError:
                fruitless = 0 if partial.size > before else fruitless + 1
                if fruitless == _FRUITLESS:
                    raise


def _stream(client: httpx.Client, url: str, partial: _Partial, advanced: Callable[[int], None]) -> None:
    headers = {"Accept-Encoding": "identity"}
    if partial.size:
        headers["Range"] = f"bytes={partial.size}-"
    with client.stream("GET", url, headers=headers) as response:
        if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE and partial.size:
            return  # Nothing after what we have; the hash tells whether that is the whole.
        response.raise_for_status()
        if response.status_code != httpx.codes.PARTIAL_CONTENT:
            partial.restart()
        for block in response.iter_raw():
            partial.append(block)
            advanced(partial.size)
