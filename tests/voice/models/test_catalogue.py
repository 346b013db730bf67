"""The catalogue says what can be checked without a network."""

import re
from urllib.parse import urlsplit

import pytest

from voice.models.catalogue import CATALOGUE, Hub, Installed, Model, Wheels

MODELS = [pytest.param(model, id=model.name) for model in CATALOGUE.values()]


@pytest.mark.parametrize("model", MODELS)
def test_every_file_is_pinned_by_size_and_hash(model: Model):
    assert all(file.size > 0 and re.fullmatch("[0-9a-f]{64}", file.sha256) for file in model.files)


@pytest.mark.parametrize("model", MODELS)
def test_every_source_provides_every_file(model: Model):
    names = {file.name for file in model.files}
    for source in model.sources:
        match source:
            case Installed(_, paths):
                assert names == set(paths)
            case Wheels(wheels):
                assert names == {member.file for wheel in wheels for member in wheel.members}
            case Hub(urls):
                assert names == set(urls)


@pytest.mark.parametrize("model", MODELS)
def test_the_members_of_wheels_add_up_to_the_files(model: Model):
    for source in model.sources:
        if isinstance(source, Wheels):
            members = [member for wheel in source.wheels for member in wheel.members]
            for file in model.files:
                assert file.size == sum(member.size for member in members if member.file == file.name)


@pytest.mark.parametrize("model", MODELS)
def test_wheels_are_pinned_to_one_version(model: Model):
    for source in model.sources:
        if isinstance(source, Wheels):
            assert all(re.fullmatch(r"[a-z0-9-]+==[0-9.]+", wheel.requirement) for wheel in source.wheels)


@pytest.mark.parametrize("model", MODELS)
def test_installed_comes_before_wheels_and_wheels_before_hubs(model: Model):
    order = [(Installed, Wheels, Hub).index(type(source)) for source in model.sources]
    assert order == sorted(order)


@pytest.mark.parametrize("model", MODELS)
def test_hub_addresses_name_a_revision_over_https(model: Model):
    for source in model.sources:
        if isinstance(source, Hub):
            for url in source.urls.values():
                assert urlsplit(url).scheme == "https"
                assert re.search(r"/(v[0-9.]+|[0-9a-f]{40})/", url)
