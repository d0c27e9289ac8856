"""The rules of values from outside."""

import math
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardbeat.contracts import rules
from wardbeat.contracts.rules import Range
from wardbeat.errors import InvalidValueError, UnknownBedError, in_one_line

NOW_NS = 1_700_000_000 * 10**9
NAMES = st.from_regex(rules.STREAM_ID, fullmatch=True)


@pytest.mark.parametrize(
    ("given_", "stored"),
    [
        ("AB", "AB"),
        (" ab ", "AB"),
        ("ŁŚ", "ŁŚ"),
        ("łś", "ŁŚ"),
        ("李明", "李明"),
        ("ßa", "SSA"),
        ("e\u0301a", "ÉA"),  # one letter with its mark
        ("ＡＢ", "AB"),  # full width
        ("ابن", "ابن"),
        ("अमि", "अमि"),
        ("김민수", "김민수"),
        ("ĐẶNG", "ĐẶNG"),
    ],
)
def test_initials_of_any_script_are_stored_in_capitals(given_: str, stored: str) -> None:
    assert rules.initials(given_) == stored


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "\t", "A", "ABCDE", "x" * 300, "A\nB", "AB\nCD",
        "A\x00B", "A\x1b[31mB", "A1", "12", "<b>", "=AB", "A.B", "A B",
        "\u200b\u200b",
        "\u3164\u3164", "\u115f\u1160", "\ufeff\ufeff", "\u0301\u0301", "A" + "\u0301" * 40, "A\u202eB",
        "\udcff\udcff", "😀😀", "\u00a0\u00a0", "\u3000",
    ],
)  # fmt: skip
def test_initials_that_name_no_person_are_refused(text: str) -> None:
    with pytest.raises(InvalidValueError, match="initials are 2 to 4 letters") as error:
        rules.initials(text)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 300


@given(st.text(max_size=12))
def test_initials_are_stable_and_visible_or_refused(text: str) -> None:
    try:
        stored = rules.initials(text)
    except InvalidValueError:
        return
    assert rules.initials(stored) == stored
    assert stored.isprintable()
    assert sum(unicodedata.category(one)[0] == "L" for one in stored) in range(2, 5)


@given(st.floats(), st.floats(-10, 10), st.floats(0, 100), st.booleans())
def test_a_range_holds_finite_numbers_between_its_ends_only(
    value: float, low: float, width: float, above: bool
) -> None:
    one = Range(low, low + width, above)
    expected = math.isfinite(value) and low <= value <= low + width and not (above and value == low)
    assert one.holds(value) == expected
    if expected:
        assert one.check(value) == value
    else:
        with pytest.raises(InvalidValueError, match="given; choose another value"):
            one.check(value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -1, 10**400, -(10**400)])
def test_no_number_of_any_kind_passes_without_a_rule(value: float) -> None:
    ranges = [one for one in vars(rules).values() if isinstance(one, Range)]
    assert len(ranges) > 8
    for one in ranges:
        with pytest.raises(InvalidValueError):
            one.check(value)


def test_the_closest_beds_are_named_first() -> None:
    beds = {"icu-1", "bed-31", "BED-3", "bed-30", "surgery"}
    with pytest.raises(UnknownBedError, match="closest names first: BED-3, bed-30, bed-31, ") as error:
        rules.known_bed("bed-3", beds)
    assert all(bed in str(error.value) for bed in beds)


def test_a_long_list_of_beds_is_cut_and_counted() -> None:
    with pytest.raises(UnknownBedError, match=r"names first: bed-199, .* and 1988 more$") as error:
        rules.known_bed("bed-199O", {f"bed-{n}" for n in range(2000)})
    assert len(str(error.value)) < 400


def test_a_ward_without_devices_says_so() -> None:
    with pytest.raises(UnknownBedError, match="nor for any other bed; connect a device first"):
        rules.known_bed("bed-1", [])


@given(st.text(), st.sets(NAMES, max_size=5))
def test_only_a_bed_that_is_there_is_known(name: str, beds: set[str]) -> None:
    if name in beds:
        assert rules.known_bed(name, beds) == name
        return
    with pytest.raises(UnknownBedError) as error:
        rules.known_bed(name, beds)
    assert in_one_line(str(error.value)) == str(error.value)


@pytest.mark.parametrize(
    ("text", "age_s"), [("30min", 1800), ("8h", 28_800), ("7d", 604_800), ("0h", 0), ("999999d", 1_700_000_000)]
)
def test_an_age_is_counted_back_from_now(text: str, age_s: int) -> None:
    assert rules.since_ns(text, NOW_NS) == NOW_NS - age_s * 10**9


def test_a_time_without_a_zone_is_utc() -> None:
    assert rules.since_ns("2023-11-14T22:00", NOW_NS) == rules.since_ns("2023-11-15T00:00+02:00", NOW_NS)
    assert rules.since_ns("0001-01-01", NOW_NS) == 0


@pytest.mark.parametrize(
    "text", ["", "nan", "inf", "-1", "-1h", "h", "1.5h", "8 h", "9" * 300 + "d", "2999-01-01", "2023-13-01", "\n", "٣h"]
)
def test_a_time_that_is_none_or_still_to_come_is_refused(text: str) -> None:
    with pytest.raises(InvalidValueError):
        rules.since_ns(text, NOW_NS)


def test_texts_keep_their_words_and_lose_the_blanks_around_them() -> None:
    assert rules.comment(" pulse\nis there ") == "pulse\nis there"
    assert rules.optional_comment("  ") == ""
    assert rules.reason(" known ") == "known"
    assert rules.record_name("sub/100") == "sub/100"


@pytest.mark.parametrize("text", ["", "  ", "x" * 501, "a\x00b", "a\x1b[2J", "\udcff"])
def test_a_comment_has_words_and_no_control_characters(text: str) -> None:
    with pytest.raises(InvalidValueError, match="a comment has"):
        rules.comment(text)


@pytest.mark.parametrize("text", ["", "x" * 201, "two\nlines", "\udcff", "a\u2028b"])
def test_a_reason_is_one_line(text: str) -> None:
    with pytest.raises(InvalidValueError, match="a reason has"):
        rules.reason(text)


@pytest.mark.parametrize("text", ["", "x" * 300, "患" * 100, "a/" + "x" * 300, "a\nb", "\udcff"])
def test_the_name_of_a_record_is_one_that_a_file_system_holds(text: str) -> None:
    with pytest.raises(InvalidValueError, match="the name of a record"):
        rules.record_name(text)
