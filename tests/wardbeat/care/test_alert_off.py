"""Which alert codes may be switched off."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardbeat.care.alert_off import NEVER_OFF, AlertOff, switch_off, switch_on
from wardbeat.contracts.alert_codes import CODES
from wardbeat.contracts.rules import MAX_REASON_CHARS
from wardbeat.errors import AlertActionError, InvalidValueError

MAY = [code for code, known in CODES.items() if code not in NEVER_OFF and known.kind == "physiological"]


@pytest.mark.parametrize("code", [code for code in CODES if code not in MAY])
def test_lethal_rhythms_and_technical_alerts_stay_on(code: str) -> None:
    with pytest.raises(AlertActionError, match=f"alert code {code}: it can't be switched off"):
        switch_off((), code, "noise", "EW", 1)


def test_three_rhythms_are_never_off() -> None:
    assert {"asystole", "ventricular_fibrillation", "ventricular_tachycardia"} == NEVER_OFF


@pytest.mark.parametrize("reason", ["", "  ", "x" * (MAX_REASON_CHARS + 1)])
def test_a_reason_is_required(reason: str) -> None:
    with pytest.raises(InvalidValueError, match="a reason has 1 to 200 characters"):
        switch_off((), "pause", reason, "EW", 1)


def test_an_unknown_code_is_named() -> None:
    with pytest.raises(AlertActionError, match="'palpitations': no code has this name"):
        switch_off((), "palpitations", "known", "EW", 1)


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(MAY)), max_size=12))
def test_whatever_is_switched_the_first_reason_stands_and_the_most_urgent_comes_first(
    acts: list[tuple[bool, str]],
) -> None:
    off: tuple[AlertOff, ...] = ()
    expected: dict[str, int] = {}
    for now_ns, (to_off, code) in enumerate(acts):
        before = off
        off = switch_off(off, code, " known ", "EW", now_ns) if to_off else switch_on(off, code)
        assert (off is before) == (to_off == (code in expected))
        if to_off:
            expected.setdefault(code, now_ns)
        else:
            expected.pop(code, None)
    assert [one.code for one in off] == [code for code in CODES if code in expected]
    assert {one.code: one.since_ns for one in off} == expected
    assert {(one.reason, one.by) for one in off} <= {("known", "EW")}
