"""The cache holds the records by part, in mV, and is written once."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from training.data.ptb_xl.cache import INDEX, LARGEST_MV, LeadScale, prepare_cache, read_index, read_part
from training.data.ptb_xl.layout import read_records
from training.data.ptb_xl.shipped import ptb_xl_excerpt
from training.data.ptb_xl.signals import read_signals


def silent(stage: str, done: int, total: int, note: str = "") -> None:
    """No progress."""


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("work") / "ptb-xl"
    with ptb_xl_excerpt() as source:
        prepare_cache(source, folder, silent)
    return folder


def test_every_record_is_in_its_part(cache: Path) -> None:
    with ptb_xl_excerpt() as source:
        records = read_records(source)
        signals = {records[index].ecg_id: signal for index, signal in read_signals(source, records)}
    seen = []
    for part in ("fit", "validation", "test"):
        stored = read_part(cache, part)
        assert {record.part for record in stored.records} == {part}
        assert len(stored.records) == len(stored.features) == len(stored.superclasses) == len(stored.rhythms)
        for record, signal in zip(stored.records, stored.signals, strict=True):
            assert np.allclose(signal, signals[record.ecg_id], atol=0.002)
            seen.append(record.ecg_id)
    assert sorted(seen) == sorted(signals)


def test_the_scale_is_that_of_the_fit_part(cache: Path) -> None:
    stored = read_part(cache, "fit")
    scaled = stored.scale.scaled(stored.signals)
    assert np.allclose(scaled.mean(axis=(0, 1)), 0, atol=1e-3)
    assert np.allclose(scaled.std(axis=(0, 1)), 1, atol=1e-3)
    assert read_index(cache).scale == stored.scale


def test_artefacts_are_clipped() -> None:
    scale = LeadScale((1.0,) * 12, (2.0,) * 12)
    assert np.all(scale.scaled(np.full((3, 12), 20.0, np.float16)) == (LARGEST_MV - 1) / 2)


def test_what_is_there_is_not_written_again(cache: Path, tmp_path: Path) -> None:
    shutil.copytree(cache, tmp_path / "copy")
    before = (tmp_path / "copy" / INDEX).stat().st_mtime_ns
    prepare_cache(tmp_path / "no data set", tmp_path / "copy", silent)
    assert (tmp_path / "copy" / INDEX).stat().st_mtime_ns == before
