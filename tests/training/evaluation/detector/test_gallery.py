"""Which errors are shown."""

from itertools import pairwise

from tests.support.scored_beats import scored_beats, scored_record
from training.evaluation.detector.gallery import APART_S, CASES_PER_KIND, KINDS, BeatError, worst_cases

EVERYTHING = scored_beats(
    ("N", "V"), ("V", "N"), ("N", "S"), ("S", "N"), ("none", "V"), ("V", "none"), ("F", "V"), ("Q", "S"), ("N", "N")
)


def kinds(cases: list[BeatError]) -> dict[str, list[BeatError]]:
    return {kind: [case for case in cases if case.kind == kind] for kind in KINDS}


def test_each_kind_of_error_is_found_once() -> None:
    found = kinds(worst_cases([scored_record("a", EVERYTHING)]))
    assert {kind: [(case.truth, case.called) for case in cases] for kind, cases in found.items()} == {
        "false V": [("N", "V")],
        "missed V": [("V", "N")],
        "false S": [("N", "S")],
        "missed S": [("S", "N")],
        "false detection": [("none", "V")],
        "missed beat": [("V", "none")],
    }


def test_the_most_certain_errors_come_first_one_a_record() -> None:
    unsure = scored_record("unsure", scored_beats(*[("N", "V")] * 30, p=0.5))
    certain = scored_record("certain", scored_beats(*[("N", "V")] * 30, p=0.95))
    cases = kinds(worst_cases([unsure, certain]))["false V"]
    assert [case.record for case in cases][:4] == ["certain", "unsure", "certain", "unsure"]
    assert len(cases) <= CASES_PER_KIND
    for name in ("certain", "unsure"):
        times = sorted(case.t_s for case in cases if case.record == name)
        assert all(b - a > APART_S for a, b in pairwise(times))
    assert len({case.file for case in cases}) == len(cases)


def test_of_missed_beats_ventricular_ones_come_first() -> None:
    cases = worst_cases([scored_record("a", scored_beats(*[("N", "none")] * 20, ("V", "none")))])
    assert [case.truth for case in cases][:2] == ["V", "N"]


def test_without_errors_there_is_nothing_to_show() -> None:
    assert worst_cases([scored_record("a", scored_beats(("N", "N"), ("V", "V")))]) == []
