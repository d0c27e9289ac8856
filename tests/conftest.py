"""Fixtures that several test folders share."""

import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.slow_tests import LONGEST_FIRST

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
SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real records beside the checkout; tests that need it skip without it."""
    if not (SHARED / "data").is_dir():
        pytest.skip("needs the records in ../shared/data")
    return SHARED / "data"


@pytest.fixture(scope="session")
def shared_cases() -> Path:
    """The folder of inputs that failed once, beside the checkout; tests that need it skip without it."""
    if not (SHARED / "cases").is_dir():
        pytest.skip("needs the inputs in ../shared/cases")
    return SHARED / "cases"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the slow tests of a module into one group for one process of pytest-xdist, the longest modules first.

    A module then starts its servers once, and modules that wait for servers run side by side. The fast tests come last
    and fill the gaps, one by one.
    """
    ranks: dict[pytest.Item, int] = {}
    for item in items:
        module = item.path.relative_to(TESTS).as_posix()
        if item.get_closest_marker("minutes"):
            item.add_marker(pytest.mark.slow)
        slow = item.get_closest_marker("slow") is not None
        if slow:
            item.add_marker(pytest.mark.xdist_group(module))
        first = LONGEST_FIRST.index(module) if module in LONGEST_FIRST else len(LONGEST_FIRST)
        ranks[item] = first if slow else len(LONGEST_FIRST) + 1
    items.sort(key=ranks.__getitem__)
