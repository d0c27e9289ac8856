"""The commands of ``wardbeat beds``, on a real Redis."""

import pytest

from tests.support.command_line import run, run_json
from wardbeat.cli.beds.group import command
from wardbeat.errors import AdmissionError, StoreError, UnknownBedError


def test_every_command_is_registered() -> None:
    assert sorted(command.commands) == [
        "admit",
        "category",
        "defaults",
        "discharge",
        "limits",
        "list",
        "relearn",
        "remove",
        "standby",
        "transfer",
    ]


def test_a_missing_redis_is_named(fresh_settings: None) -> None:
    assert isinstance(run(command, "list").exception, StoreError)


@pytest.mark.parametrize("arguments", [("admit", "bed-1"), ("limits", "bed-1", "--by", "AB"), ("standby",)])
def test_a_missing_argument_is_a_usage_error(arguments: tuple[str, ...]) -> None:
    assert run(command, *arguments).exit_code == 2


@pytest.mark.slow
def test_the_whole_stay_of_a_patient(ward: str) -> None:
    assert run(command, "list").output == "No patient is admitted; every stream is monitored with the defaults.\n"
    bed = run_json(command, "admit", "bed-1", "--by", "AB", "--known-af", "--hr-high", "130")
    own = bed["admission"]["settings"]
    assert (own["known_af"], own["limits"]["hr_high_bpm"]) == (True, 130)
    assert "fast above 130/min" in run(command, "limits", "bed-1", "--hr-low", "45", "--by", "CD").output
    assert run_json(command, "transfer", "bed-1", "bed-2", "--by", "CD")["stream_id"] == "bed-2"
    assert "on standby for 30 min more" in run(command, "standby", "bed-2", "--by", "CD").output
    assert run_json(command, "standby", "bed-2", "--minutes", "0", "--by", "CD")["standby"] is None
    lines = run(command, "list").output.splitlines()
    assert [("not admitted" in line, "known AF" in line) for line in lines] == [(True, False), (False, True)]
    assert run_json(command, "discharge", "bed-2", "--by", "EF")["admission"] is None
    assert [bed["admission"] for bed in run_json(command, "list")["beds"]] == [None, None]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("discharge", "bed-1"), "no patient is admitted"),
        (("limits", "bed-1", "--hr-low", "45"), "no patient is admitted"),
    ],
)
def test_a_refused_act_has_the_reason_in_one_line(ward: str, arguments: tuple[str, ...], reason: str) -> None:
    error = run(command, *arguments, "--by", "AB").exception
    assert isinstance(error, AdmissionError)
    assert reason in str(error)


@pytest.mark.slow
def test_an_unknown_stream_is_refused(ward: str) -> None:
    error = run(command, "admit", "bed-7", "--by", "AB").exception
    assert isinstance(error, UnknownBedError)
    assert str(error).startswith("bed bed-7: ")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("admit", "bed-1", "--hr-low", "10"), "from 30 to 100, 10 given"),
        (("limits", "bed-1", "--hr-high-delay", "11"), "from 1 to 10, 11 given"),
        (("defaults", "--slight-excess", "0"), "from 1 to 60, 0 given"),
        (("limits", "bed-1", "--pause", "nan"), "from 2 to 3.5, nan given"),
        (("limits", "bed-1", "--pvc-rate", "9" * 400), "a far larger number given"),
        (("standby", "bed-1", "--minutes", "999"), "from 0 to 240, 999 given"),
        (("standby", "bed-1", "--minutes", "inf"), "from 0 to 240, inf given"),
    ],
)
def test_a_number_out_of_range_is_refused_before_anything_is_read(arguments: tuple[str, ...], reason: str) -> None:
    result = run(command, *arguments, "--by", "AB")
    assert (result.exit_code, reason in result.output) == (2, True)


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ("admit", "bde-1"),
        ("discharge", "bde-1"),
        ("limits", "bde-1", "--hr-low", "45"),
        ("standby", "bde-1"),
        ("standby", "bde-1", "--minutes", "0"),
        ("transfer", "bde-1", "bed-2"),
    ],
)
def test_a_misspelt_bed_is_an_error_that_names_the_beds_and_makes_none(ward: str, arguments: tuple[str, ...]) -> None:
    error = run(command, *arguments, "--by", "AB").exception
    assert isinstance(error, UnknownBedError)
    assert "the closest names first: bed-1, bed-2" in str(error)
    assert run_json(command, "list")["beds"] == []
