from pathlib import Path

import pytest

from processors.classify.classifiers import Classifiers
from tests.support.classify_bundles import write_picture_bundle, write_twelve_lead_bundle


@pytest.fixture(scope="session")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the bundles ``picture`` and ``twelve_lead``, with random weights."""
    folder = tmp_path_factory.mktemp("bundles")
    write_picture_bundle(folder / "picture")
    write_twelve_lead_bundle(folder / "twelve_lead")
    return folder


@pytest.fixture(scope="session")
def classifiers(bundles: Path) -> Classifiers:
    return Classifiers(bundles / "picture", bundles / "twelve_lead")
