"""The shipped records are few and small, name their source, and have every superclass in every part."""

from training.data.ptb_xl.labels import RHYTHMS, rhythm_of, superclass_labels
from training.data.ptb_xl.layout import read_records, read_superclasses
from training.data.ptb_xl.shipped import ptb_xl_excerpt


def test_every_superclass_is_in_every_part() -> None:
    with ptb_xl_excerpt() as folder:
        records = read_records(folder)
        labels = superclass_labels(records, read_superclasses(folder))
    assert len(records) == len({record.patient for record in records}) == 28
    for part in ("fit", "validation", "test"):
        of_part = labels[[record.part == part for record in records]]
        assert of_part.any(axis=0).all()
        assert not of_part.all(axis=0).any()
    assert {rhythm_of(record) for record in records} == set(RHYTHMS) - {"OTHER"}


def test_the_notice_names_source_and_licence() -> None:
    with ptb_xl_excerpt() as folder:
        notice = (folder / "NOTICE.md").read_text()
        assert sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) < 500_000
    for needed in ("CC BY 4.0", "10.1038/s41597-020-0495-6", "10.13026/kfzx-aw45", "Changed"):
        assert needed in notice
