"""One file over HTTP, whatever happens on the way."""

import hashlib
from pathlib import Path

import pytest

from tests.fakes.file_server import FileServer, serving
from voice.models.download import DownloadFailed, download

CONTENT = bytes(range(256)) * 4000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def server():
    with serving({"/file": CONTENT}) as server:
        yield server


def fetch(server: FileServer, target: Path, sha256: str | None = SHA256) -> list[int]:
    seen: list[int] = []
    download(f"{server.url}/file", target, sha256, seen.append)
    return seen


def test_the_file_arrives_and_progress_ends_at_its_size(server, tmp_path):
    seen = fetch(server, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert len(CONTENT) == seen[-1]
    assert seen == sorted(seen)


def test_a_cut_connection_goes_on_where_it_stopped(server, tmp_path):
    server.cuts = [300_000, 200_000]
    fetch(server, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert [wanted for _, wanted in server.requests] == [None, "bytes=300000-", "bytes=500000-"]


def test_a_later_attempt_asks_only_for_the_rest(server, tmp_path):
    (tmp_path / "file").write_bytes(CONTENT[:700_000])
    fetch(server, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert server.requests == [("/file", "bytes=700000-")]


def test_a_file_that_was_complete_is_not_sent_again(server, tmp_path):
    (tmp_path / "file").write_bytes(CONTENT)
    assert fetch(server, tmp_path / "file") == []


def test_a_server_without_ranges_sends_everything_again(server, tmp_path):
    server.ranges = False
    (tmp_path / "file").write_bytes(CONTENT[:700_000])
    fetch(server, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_a_connection_that_never_brings_a_byte_is_given_up(server, tmp_path):
    server.cuts = [0, 0, 0, 0, 0]
    with pytest.raises(DownloadFailed):
        fetch(server, tmp_path / "file")
    assert len(server.requests) == 3


def test_what_came_before_giving_up_is_kept(server, tmp_path):
    server.cuts = [300_000, 0, 0, 0]
    with pytest.raises(DownloadFailed):
        fetch(server, tmp_path / "file")
    assert CONTENT[:300_000] == (tmp_path / "file").read_bytes()


def test_wrong_content_is_refused_and_removed(server, tmp_path):
    with pytest.raises(DownloadFailed, match="sha256"):
        fetch(server, tmp_path / "file", "0" * 64)
    assert not (tmp_path / "file").exists()
    assert len(server.requests) == 1


def test_a_wrong_beginning_from_before_costs_one_fresh_download(server, tmp_path):
    (tmp_path / "file").write_bytes(b"x" * 1000)
    fetch(server, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert [wanted for _, wanted in server.requests] == ["bytes=1000-", None]


def test_a_missing_file_is_reported_without_the_address(server, tmp_path):
    with pytest.raises(DownloadFailed, match="404") as failure:
        download(f"{server.url}/other?token=hush", tmp_path / "file", None, lambda done: None)
    assert "hush" not in str(failure.value)


def test_nobody_listening_is_a_failure_to_download(tmp_path):
    with serving({}) as gone:
        url = gone.url
    with pytest.raises(DownloadFailed, match="ConnectError"):
        download(f"{url}/file", tmp_path / "file", None, lambda done: None)


def test_a_file_address_is_copied(tmp_path):
    (tmp_path / "with space").write_bytes(CONTENT)
    download((tmp_path / "with space").as_uri(), tmp_path / "copy", SHA256, lambda done: None)
    assert (tmp_path / "copy").read_bytes() == CONTENT
