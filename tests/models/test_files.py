"""What the cache holds is what the catalogue promises."""

import pytest

from voice.models import CATALOGUE, ModelStore
from voice.models.store import sha256_of

pytestmark = pytest.mark.models


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_model_is_here_with_the_hashes_of_the_catalogue(name):
    originals = ModelStore().originals(name)
    assert {file: sha256_of(path) for file, path in originals.items()} == {
        file.name: file.sha256 for file in CATALOGUE[name].files
    }


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_model_is_ready_to_be_loaded(name):
    assert all(path.stat().st_size > 0 for path in ModelStore().files(name).values())
