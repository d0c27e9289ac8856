from pathlib import Path

import pytest

from tests.support.classify_bundles import write_picture_bundle, write_twelve_lead_bundle
from tests.support.uploads import twelve_lead_wfdb


@pytest.fixture(scope="session")
def picture_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_picture_bundle(tmp_path_factory.mktemp("bundle") / "picture")


@pytest.fixture(scope="session")
def twelve_lead_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_twelve_lead_bundle(tmp_path_factory.mktemp("bundle") / "twelve_lead")


@pytest.fixture(scope="session")
def twelve_lead_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the record ``twelve``."""
    folder = tmp_path_factory.mktemp("records")
    twelve_lead_wfdb(folder)
    return folder
