"""Fixtures that several test folders share."""

import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = [
    "tests.support.fixtures_browser",
    "tests.support.fixtures_secured",
    "tests.support.fixtures_services",
    "tests.support.fixtures_worker",
]

# Deadlines measure the machine: the first example compiles kernels, and others run beside it.
settings.register_profile("wardbeat", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("wardbeat")

# What a shell has started in the background ignores SIGINT, and so would every process that a test interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

TESTS = Path(__file__).parent
FITS = {"training", "models", "benchmarks"}
"""Folders of tests that start no server and keep one core busy."""
SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real records beside the checkout; tests that need it skip without it."""
    if not SHARED_DATA.is_dir():
        pytest.skip("needs the records in ../shared/data")
    return SHARED_DATA


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow tests come last: those with servers stay together, as they share one broker, those that fit beside them."""
    for item in items:
        if item.get_closest_marker("slow"):
            fits = FITS.intersection(item.path.relative_to(TESTS).parts)
            item.add_marker(pytest.mark.xdist_group("fits" if fits else "servers"))
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)
