"""Headers mean what header(5) says, and what wfdb reads from them where wfdb is right; others are refused by line."""

import re
from contextlib import suppress
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
import wfdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wardbeat.ecg.io.header_grammar import Header, SegmentLine, SignalLine, decoded, header_lines, parse_header
from wardbeat.errors import RecordError


def parse(text: str | bytes) -> Header:
    return parse_header(text if isinstance(text, bytes) else text.encode(), "r.hea")


def signal(line: str) -> SignalLine:
    return parse(f"r 1 250 100\n{line}\n").signals[0]


def refusal(text: str | bytes) -> str:
    with pytest.raises(RecordError) as caught:
        parse(text)
    message = str(caught.value)
    assert "\n" not in message
    return message


# Names, numbers and units that wfdb reads right.
NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,10}", fullmatch=True)
DECIMALS = st.from_regex(r"[1-9][0-9]{0,3}(\.[0-9]{0,4})?", fullmatch=True)
WHOLE = st.integers(-30_000, 30_000).map(str)
COUNTS = st.integers(1, 1_000_000).map(str)
TIMES = st.times().map(lambda at: at.strftime("%H:%M:%S") + (f".{at.microsecond:06d}" if at.microsecond else ""))
DATES = st.dates(date(1900, 1, 1)).map(lambda day: f"{day.day:02d}/{day.month:02d}/{day.year}")
RATES = st.builds(
    lambda rate, counter: rate + counter,
    DECIMALS,
    st.just("") | DECIMALS.map(lambda rate: f"/{rate}") | st.builds("/{}({})".format, DECIMALS, DECIMALS),
)
FORMATS = st.builds(
    lambda number, per_frame, skew, offset: number + per_frame + skew + offset,
    st.sampled_from(["8", "16", "24", "32", "61", "80", "160", "212", "310", "311", "508", "516", "524"]),
    st.just("") | st.integers(1, 20).map("x{}".format),
    st.just("") | st.integers(0, 20).map(":{}".format),
    st.just("") | st.integers(0, 512).map("+{}".format),
)
GAINS = st.builds(
    lambda sign, gain, baseline, unit: sign + gain + baseline + unit,
    st.sampled_from(["", "-"]),
    DECIMALS | st.sampled_from(["0", "2e2", "1.5e+3", "5e-1"]),
    st.just("") | WHOLE.map("({})".format),
    st.sampled_from(["", "/mV", "/uV", "/mmHg", "/V", "/%", "/bpm", "/degrees-C", "/L/min"]),
)
# Descriptions keep their blanks. A digit at the start would go into the field before it, in wfdb.
DESCRIPTIONS = st.from_regex(r"[A-Za-z]([ -~]{0,40}[!-~])?", fullmatch=True)


@st.composite
def leading(draw: st.DrawFn, *fields: st.SearchStrategy[str]) -> str:
    """Some of the fields, from the left: each is optional, and needs those before it."""
    kept = fields[: draw(st.integers(0, len(fields)))]
    return "".join(f"{draw(st.sampled_from([' ', '  ', chr(9)]))}{draw(field)}" for field in kept)


@st.composite
def signal_headers(draw: st.DrawFn) -> str:
    files = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    lines = []
    for file in files:
        placement = draw(FORMATS)
        for _ in range(draw(st.integers(1, 3))):
            rest = draw(leading(GAINS, st.integers(0, 24).map(str), WHOLE, WHOLE, WHOLE, st.just("0"), DESCRIPTIONS))
            lines.append(f"{file}.dat {placement}{rest}")
    first = f"rec {len(lines)}" + draw(leading(RATES, COUNTS, TIMES, DATES))
    text = [draw(st.sampled_from(["# before", "", " \t"])), first]
    for line in lines:
        text += [*draw(st.lists(st.sampled_from(["# between", "  ", "  # 1 2 3"]), max_size=1)), line]
    return draw(st.sampled_from(["\n", "\r\n"])).join([*text, "# after <age>: 60", ""])


def by_wfdb(folder: Path, text: str) -> Any:
    (folder / "rec.hea").write_bytes(text.encode())
    return wfdb.rdheader(str(folder / "rec"))


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=signal_headers())
def test_a_header_that_wfdb_reads_right_means_the_same_here(tmp_path: Path, text: str) -> None:
    expected, header = by_wfdb(tmp_path, text), parse(text)

    assert header.name == expected.record_name
    assert header.n_signals == expected.n_sig == len(header.signals)
    assert header.rate_hz == pytest.approx(expected.fs)
    assert header.counter_rate_hz == (expected.counter_freq or header.rate_hz)
    assert header.counter == (expected.base_counter or 0)
    assert header.n_samples == expected.sig_len
    assert header.start_time == expected.base_time
    assert header.start_date == expected.base_date
    for place, line in enumerate(header.signals):
        assert line.file == expected.file_name[place]
        assert line.fmt == expected.fmt[place]
        assert line.samples_per_frame == expected.samps_per_frame[place]
        assert line.skew == (expected.skew[place] or 0)
        assert line.offset == (expected.byte_offset[place] or 0)
        assert line.gain == expected.adc_gain[place]
        assert line.baseline == expected.baseline[place]
        assert line.unit == expected.units[place]
        assert line.resolution == (expected.adc_res[place] or 0)
        assert line.zero == (expected.adc_zero[place] or 0)
        assert line.checksum == (expected.checksum[place] or 0)
        assert line.name == (expected.sig_name[place] or "")
        if expected.init_value[place] is None:  # wfdb has no default for it, header(5) has
            assert line.first == line.zero
        else:
            assert line.first == expected.init_value[place]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    segments=st.lists(st.tuples(NAMES | st.just("~"), st.integers(0, 10**7)), min_size=1, max_size=9),
    blank=st.sampled_from([" ", "\t", "   "]),
)
def test_segments_that_wfdb_reads_mean_the_same_here(
    tmp_path: Path, segments: list[tuple[str, int]], blank: str
) -> None:
    total = sum(length for _, length in segments)
    lines = "\n".join(f"{name}{blank}{length}" for name, length in segments)
    text = f"rec/{len(segments)} 2 250 {total}\n# x\n{lines}\n"
    expected, header = by_wfdb(tmp_path, text), parse(text)
    assert [(line.name, line.n_samples) for line in header.segments] == list(
        zip(expected.seg_name, expected.seg_len, strict=True)
    )
    assert header.n_samples == expected.sig_len
    assert header.is_segmented


@settings(max_examples=300)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_bytes_are_a_header_or_refused(data: bytes) -> None:
    with suppress(RecordError):
        assert parse_header(data, "r.hea").n_signals >= 0


@settings(max_examples=300)
@given(signal_headers(), st.integers(0, 500), st.characters())
def test_a_damaged_header_is_a_header_or_refused(text: str, place: int, letter: str) -> None:
    damaged = text[:place] + letter + text[place + 1 :]
    with suppress(RecordError):
        assert parse(damaged.encode("utf-8", "surrogatepass")).rate_hz > 0


# -- the record line ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "rate_hz"),
    [
        ("360", 360),
        ("360.", 360),
        ("6e2", 600),
        ("60e1", 600),
        ("6E+2", 600),
        (".5e3", 500),
        ("+250", 250),
        ("257.5", 257.5),
    ],
)
def test_rates_are_what_scanf_reads(field: str, rate_hz: float) -> None:
    header = parse(f"r 0 {field} 100\n")
    assert header.rate_hz == rate_hz
    assert parse(f"r 0 {field}/9e1(-1.5e1) 100\n").counter_rate_hz == 90
    assert parse(f"r 0 {field}/9e1(-1.5e1) 100\n").counter == -15


def test_fields_that_are_missing_have_their_defaults() -> None:
    header = parse("r 1\nr.dat 212\n")
    assert (header.rate_hz, header.counter_rate_hz, header.counter) == (250.0, 250.0, 0.0)
    assert (header.n_samples, header.start_time, header.start_date) == (None, None, None)
    assert header.signals == (SignalLine(file="r.dat", fmt="212"),)
    assert (header.signals[0].gain, header.signals[0].unit) == (200.0, "mV")


@pytest.mark.parametrize(("field", "n_samples"), [("0", None), ("36000", 36000), ("3.6e4", 36000), ("36000.0", 36000)])
def test_0_samples_mean_that_the_files_tell(field: str, n_samples: int | None) -> None:
    assert parse(f"r 0 250 {field}\n").n_samples == n_samples


def test_a_counter_rate_of_0_is_the_rate() -> None:
    assert parse("r 0 360/0 10\n").counter_rate_hz == 360


@pytest.mark.parametrize(
    ("fields", "start_time", "start_date"),
    [
        ("13:5:0 25/4/1989", time(13, 5), date(1989, 4, 25)),
        ("0:0:0 0/0/0", time(0), None),
        ("12:00:00.25", time(12, 0, 0, 250_000), None),
        ("25:00:00 1/1/2020", None, date(2020, 1, 1)),
        ("05-Feb-2020 11:39:16", None, None),
    ],
)
def test_a_start_in_another_form_is_left_out(fields: str, start_time: time | None, start_date: date | None) -> None:
    header = parse(f"r 0 250 100 {fields}\n")
    assert (header.start_time, header.start_date) == (start_time, start_date)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("r", "line 1: a record line has the name of the record and the number of signals at least, 'r' given"),
        ("/2 1 250 10", "name of the record"),
        ("r two", "number of signals must be a whole number from 0 on, 'two' given"),
        ("r -1", "number of signals must be a whole number from 0 on, '-1' given"),
        ("r 1.5", "number of signals must be a whole number from 0 on, '1.5' given"),
        ("r/x 1", "number of segments must be a whole number from 1 on, 'x' given"),
        ("r/0 1", "number of segments must be a whole number from 1 on, '0' given"),
        ("r/ 1", "number of segments must be a whole number from 1 on, '' given"),
        ("r 0 0 100", "sampling rate must be a number of Hz above 0, or .*, '0' given"),
        ("r 0 -250 100", "sampling rate .*'-250' given"),
        ("r 0 nan 100", "sampling rate .*'nan' given"),
        ("r 0 1e999 100", "sampling rate .*'1e999' given"),
        ("r 0 360Hz 100", "sampling rate .*'360Hz' given"),
        ("r 0 360,0 100", "sampling rate .*'360,0' given"),
        ("r 0 360/x 100", "sampling rate .*'360/x' given"),
        ("r 0 360/(5) 100", "sampling rate .*given"),
        ("r 0 12:30:00", "sampling rate .*'12:30:00' given"),
        ("r 0 250 12:30:00", "number of samples must be a whole number from 0 on, '12:30:00' given"),
        ("r 0 250 -5", "number of samples must be a whole number from 0 on, '-5' given"),
        ("r 0 250 99.5", "number of samples must be a whole number from 0 on, '99.5' given"),
        ("r 0 250 1e300", "number of samples must be a whole number from 0 on, '1e300' given"),
        ("r 0 250 １２", "number of samples must be a whole number from 0 on"),
    ],
)
def test_a_record_line_is_refused_by_field(line: str, message: str) -> None:
    assert re.search(message, refusal(f"{line}\n"))


# -- signal lines ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "gain", "baseline", "unit"),
    [
        ("1.0(0.0)/uV", 1.0, 0, "uV"),
        ("10(0.0)/mmHg", 10.0, 0, "mmHg"),
        ("2.0E+02(1024)/mV", 200.0, 1024, "mV"),
        ("2e2", 200.0, 7, "mV"),
        ("-5.5e-1(-3)", -0.55, -3, "mV"),
        ("0", 200.0, 7, "mV"),
        ("0(12)/NU", 200.0, 12, "NU"),
        ("100/L/min", 100.0, 7, "L/min"),
        ("100(1e3)/µV", 100.0, 1000, "µV"),
        ("100/", 100.0, 7, "mV"),
    ],
)
def test_gains_baselines_and_units(field: str, gain: float, baseline: int, unit: str) -> None:
    line = signal(f"r.dat 16 {field} 12 7 0 0 0 II")
    assert (line.gain, line.baseline, line.unit, line.name) == (gain, baseline, unit, "II")


def test_a_format_has_samples_per_frame_skew_and_offset() -> None:
    line = signal("r.dat 212x2:3+24 200 12 0 0 0 0 II")
    assert (line.fmt, line.samples_per_frame, line.skew, line.offset) == ("212", 2, 3, 24)
    assert signal("r.dat 16+24 1000/mV 16 0.0 28 -1716 0 I").offset == 24


def test_the_first_value_is_the_adc_zero_unless_it_is_given() -> None:
    assert signal("r.dat 8 200 12 33").first == 33
    assert signal("r.dat 8 200 12 33 0").first == 0


@pytest.mark.parametrize("name", ["ECG lead II,  left arm", "5", "12 V", "µV in the name", "患者", "x" * 300, "a # b"])
def test_a_name_is_the_rest_of_the_line(name: str) -> None:
    assert signal(f"r.dat 16 200 12 0 0 0 0   {name}  ").name == name


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("r.dat", "line 2: a signal line has a file and a format at least, 'r.dat' given"),
        ("r.dat x2", "the format must be a number, with .* given"),
        ("r.dat 16x", "with xSAMPLES_PER_FRAME, :SKEW and .OFFSET in this order, '16x' given"),
        ("r.dat 16+24x2", "the format must be a number, .*'16.24x2' given"),
        ("r.dat 16x0", "number of samples per frame must be a whole number from 1 on, '0' given"),
        ("r.dat 16:-3", "the format must be a number"),
        ("r.dat 16 MLII", "the gain must be a number, with .BASELINE. and /UNIT in this order, 'MLII' given"),
        ("r.dat 16 200/mV(0)", "the gain must be a number, .*'200/mV.0.' given"),
        ("r.dat 16 (0)/mV", "the gain must be a number"),
        ("r.dat 16 200()/mV", "the gain must be a number"),
        ("r.dat 16 200(1023.5)/mV", "the baseline must be a whole number, '1023.5' given"),
        ("r.dat 16 200(x)/mV", "the gain must be a number"),
        ("r.dat 16 nan", "the gain must be a number"),
        ("r.dat 16 1e999", "the gain must be a number"),
        ("r.dat 16 200 12 0 MLII", "the first value must be a whole number, 'MLII' given"),
        ("r.dat 16 200 V5", "the resolution must be a whole number, 'V5' given"),
        ("r.dat 16 200 12 0 0 0 MLII", "the block size must be a whole number, 'MLII' given"),
        ("r.dat 16 200 12 0 0.5", "the first value must be a whole number, '0.5' given"),
    ],
)  # fmt: skip
def test_a_signal_line_is_refused_by_field(line: str, message: str) -> None:
    assert re.search(message, refusal(f"r 1 250 100\n{line}\n"))


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("a.dat 16\nb.dat 16\na.dat 16", "line 4: signals in one file must stand next to each other, 'a.dat' given"),
        ("a.dat 16\na.dat 212\nb.dat 16", "line 3: signals in a.dat must have the same format, which is 16, '212'"),
        ("a.dat 16+24\na.dat 16\nb.dat 16", "line 3: signals in a.dat must have the same offset, which is 24, 0 given"),
        (
            "a.dat 16 200 12 0 0 0 0 I\na.dat 16 200 12 0 0 0 512 II\nb.dat 16",
            "line 3: signals in a.dat must have the same block size, which is 0, 512 given",
        ),
    ],
)  # fmt: skip
def test_signals_of_one_file_agree(lines: str, message: str) -> None:
    assert message in refusal(f"r 3 250 10\n{lines}\n")


def test_signals_without_samples_stand_anywhere() -> None:
    assert len(parse("r 4 250 10\n~ 0\na.dat 16\n~ 0\na.dat 16\n").signals) == 4


# -- counts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("r 3 250 10\nr.dat 16\n", "line 1: 3 signals need as many lines below it, 1 given"),
        ("r 1 250 10\nr.dat 16\nr.dat 16\n", "line 1: 1 signals need as many lines below it, 2 given"),
        ("r 0 250 10\nr.dat 16\n", "0 signals need as many lines"),
        ("r/3 2 360 21600\ns0 7200\ns1 7200\n", "line 1: 3 segments need as many lines below it, 2 given"),
        ("r/1 2 360 7200\ns0 7200\ns1 7200\n", "1 segments need as many lines below it, 2 given"),
        (
            "r/2 2 360 9999\ns0 7200\ns1 7200\n",
            "the sum of the segments, which is 14400, 9999 given",
        ),
        ("r/1 2 360 7200\ns0\n", "line 2: a segment line has a name and a number of samples, 's0' given"),
        ("r/1 2 360 7200\ns0 x\n", "number of samples of a segment must be a whole number from 0 on, 'x' given"),
        ("r/1 2 360 7200\ns0.dat 212 200 12\n", "a segment line has a name and a number of samples"),
    ],
)
def test_counts_that_contradict_are_refused(text: str, message: str) -> None:
    assert message in refusal(text)


def test_the_length_of_segments_is_their_sum_if_the_record_line_has_none() -> None:
    header = parse("r/3 2 360\nlayout 0\n~ 100\ns0 7200\n")
    assert header.n_samples == 7300
    assert header.segments == (SegmentLine("layout", 0), SegmentLine("~", 100), SegmentLine("s0", 7200))


# -- text --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_end_of_line_is_one(end: str) -> None:
    text = end.join(["# 1", "", "  r 2 250 10", " # 2", "\tr.dat 16 200 12 0 0 0 0 I", "r.dat\t16 ", ""])
    assert [line.name for line in parse(text).signals] == ["I", ""]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_letters_that_are_not_ascii_are_kept(encoding: str) -> None:
    (line,) = parse("r 1 250 10\nMüller.dat 16 2/µV 12 0 0 0 0 Brustwand\xa0ä\n".encode(encoding)).signals
    assert (line.file, line.unit, line.name) == ("Müller.dat", "µV", "Brustwand\xa0ä")


@pytest.mark.parametrize("letter", ["\x85", "\u2028", "\x0b", "\x0c", "\x1c", "\u3000"])
def test_only_ends_of_line_end_a_line_and_only_blanks_separate(letter: str) -> None:
    (line,) = parse(f"r 1 250 10\na{letter}b.dat 16 200 12 0 0 0 0 I{letter}I\n").signals
    assert (line.file, line.name) == (f"a{letter}b.dat", f"I{letter}I")


@pytest.mark.parametrize("text", ["", "\n\n", "# r 1 250 10\n"])
def test_a_header_without_a_record_line_is_refused(text: str) -> None:
    assert refusal(text) == "r.hea: no WFDB header: it is empty; fetch the file again"


def test_binary_files_and_utf_16_are_no_headers() -> None:
    assert "it is no text" in refusal("r 1 250 10\nr.dat 16\n".encode("utf-16"))
    assert "it is no text" in refusal(b"\x7fELF\x02 what is this\n\x00\x01")


def test_lines_have_their_numbers_in_the_file() -> None:
    assert list(header_lines(b"#\n\nr 1\r\n# x\r\n a b \n")) == [(3, "r 1"), (5, "a b")]
    assert "line 5: a signal line" in refusal("#\n\nr 1\n\n a.dat\n")


def test_a_list_of_records_is_decoded_as_headers_are() -> None:
    assert decoded("\ufeff患者1\n".encode()) == "患者1\n"
    assert decoded(b"M\xfcller\n") == "Müller\n"
