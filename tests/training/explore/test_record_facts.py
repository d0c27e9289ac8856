"""What one pass over a record finds: signal, annotations, beats; and a broken record is a row with its problem."""

from pathlib import Path

import numpy as np
import pytest
import wfdb

from tests.support.records_on_disk import write_record
from tests.support.shipped_qrs import shipped_qrs
from training.explore.record_facts import RecordFacts, RecordsJob, explore_record, explore_records
from wardbeat.ecg.io.records import open_record
from wardbeat.ecg.synthetic import synthetic_record


def write_heart(folder: Path, name: str, duration_s: float = 20.0) -> Path:
    """A synthetic heart of lead II with a gap of 1 s, and a flat lead V1."""
    source = synthetic_record("sinus", duration_s)
    signal = source.read(0, source.n_samples).astype(np.int64)[:1]
    signal[0, 1000:1250] = -32768
    return write_record(
        folder, np.vstack([signal, np.zeros_like(signal)]), name=name, gain=source.gain[0], sig_name=["II", "V1"]
    )


def explored(folder: Path, name: str) -> RecordFacts:
    return explore_record(folder, folder / name, shipped_qrs())


def test_signal_and_annotations_of_a_record(tmp_path: Path) -> None:
    path = write_heart(tmp_path, "a")
    wfdb.wrann("a", "atr", np.array([10, 500, 900]), ["+", "N", "V"], aux_note=["(N", "", ""], write_dir=str(tmp_path))
    facts = explored(tmp_path, "a")
    assert (facts.record, facts.path, facts.problem, facts.readable) == ("a", path, None, True)
    assert (facts.fs, facts.duration_s) == (250.0, 20.0)
    limb, flat = facts.leads
    assert (limb.name, limb.missing, limb.flat) == ("II", pytest.approx(0.05), pytest.approx(0.0, abs=0.01))
    assert (flat.flat, flat.missing, flat.unusable > 0.5) == (1.0, 0.0, True)
    assert facts.annotations is not None
    assert facts.annotations.beats == {"N": 1, "V": 1}
    assert 0.5 < np.median(facts.detected_rr_s) < 1.2
    assert len(facts.fingerprints) >= 10


def test_a_record_in_a_folder_below_has_its_path_as_name(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    write_heart(tmp_path / "deep", "a", 5.0)
    (facts,) = explore_records(RecordsJob(tmp_path, [tmp_path / "deep" / "a"]))
    assert (facts.record, facts.annotations) == ("deep/a", None)


def test_broken_records_have_a_problem(tmp_path: Path) -> None:
    write_heart(tmp_path, "short", 5.0)
    (tmp_path / "short.dat").write_bytes(b"\0" * 10)
    (tmp_path / "text.hea").write_text("no header\n")
    for name, words in (("short", "truncated"), ("text", "text.hea"), ("gone", "no such header")):
        facts = explored(tmp_path, name)
        assert not facts.readable
        assert words in (facts.problem or "")


def test_a_broken_annotation_file_leaves_the_signal(tmp_path: Path) -> None:
    write_heart(tmp_path, "a", 5.0)
    (tmp_path / "a.atr").write_bytes(b"\xff")
    facts = explored(tmp_path, "a")
    assert (facts.readable, facts.annotations) == (True, None)
    assert "a.atr: no valid WFDB annotation file" in (facts.problem or "")


def test_an_excerpt_has_the_fingerprints_of_its_record(tmp_path: Path) -> None:
    record = open_record(write_heart(tmp_path, "whole"))
    write_record(
        tmp_path,
        record.read(1400, 4400).astype(np.int64),
        name="part",
        gain=record.gain[0],
        sig_name=["II", "V1"],
    )
    whole, part = explored(tmp_path, "whole"), explored(tmp_path, "part")
    shared = np.intersect1d(whole.fingerprints, part.fingerprints)
    assert len(shared) >= 0.7 * len(part.fingerprints) > 5
