"""Bundles are read once, when they are needed first; one that is missing is a problem in words."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from processors.classify.classifiers import Classifiers, Lazy
from wardbeat.errors import BundleError


def test_it_is_loaded_once_by_however_many_threads() -> None:
    loads: list[int] = []
    everyone = threading.Barrier(4)

    def load() -> int:
        loads.append(1)
        return len(loads)

    lazy = Lazy(load)
    found: list[int] = []

    def ask() -> None:
        everyone.wait()
        found.append(lazy.get())

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (found, loads) == ([1] * 4, [1])


def test_an_error_of_the_loading_is_raised_each_time_until_it_succeeds() -> None:
    answers: Iterator[BundleError | str] = iter([BundleError("missing"), "here"])

    def load() -> str:
        following = next(answers)
        if isinstance(following, Exception):
            raise following
        return following

    lazy = Lazy(load)
    with pytest.raises(BundleError):
        lazy.get()
    assert lazy.get() == "here"


def test_bundles_that_are_there_have_no_problem(classifiers: Classifiers) -> None:
    assert classifiers.problems() == {"picture": None, "twelve_lead": None}
    assert classifiers.ward.get().manifest.label_order == ("N", "S", "V", "F", "Q")


def test_a_bundle_that_is_missing_is_named_with_the_next_step(tmp_path: Path) -> None:
    problems = Classifiers(tmp_path / "a", tmp_path / "b").problems()
    assert all(problem is not None and "`make study`" in problem for problem in problems.values())
