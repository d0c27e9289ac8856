"""The page has everything inside, says what is wrong, and the JSON file has every record."""

import json
from pathlib import Path

import msgspec

from tests.support.explored import record
from tests.support.records_on_disk import counting, write_record
from training.explore.annotation_facts import ExamplePlace
from training.explore.data_set import data_set
from training.explore.duplicates import Duplicates, SetOfRecords, SharedPatient, SharedSignal
from training.explore.report import FIGURES, PAGE, REPORT, write_exploration
from training.explore.tables import RecordTable


def test_a_report_has_tables_plots_and_problems(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    facts = record("a<b", beats={"N": 2}, rhythms_s={"(AFIB": 60.0}, rr_s=[0.8])
    assert facts.annotations is not None
    facts = msgspec.structs.replace(
        facts,
        path=write_record(tmp_path, counting(1, 2500), name="a"),
        annotations=msgspec.structs.replace(facts.annotations, beat_places=[ExamplePlace("N", 500)]),
    )
    broken = record("broken", problem="broken.hea: no such header & no file")
    table = RecordTable("t.csv", {"a<b": ("A & B",)})
    duplicates = Duplicates([SharedSignal("set/a", "other/a", 9, 0.5)], [SharedPatient("mitdb 118", ["set/118"])])
    sets = [data_set("set", "folder", [facts, broken], table)]
    found = write_exploration(out, sets, [SetOfRecords("set", [facts, broken], table)], duplicates)
    page = (out / PAGE).read_text()
    assert {path.name for path in out.iterdir()} == {PAGE, REPORT, FIGURES}
    assert page.count("data:image/png;base64,") == len(list((out / FIGURES).glob("*.png"))) == 7
    assert 'src="http' not in page, "nothing is fetched"
    for words in (
        "a&lt;b",
        "no such header &amp; no file",
        "1 can’t be read",
        "atrial fibrillation",
        "other/a",
        "mitdb 118",
    ):
        assert words in page
    report = json.loads((out / REPORT).read_text())
    assert report == json.loads(msgspec.json.encode(found))
    assert [row["record"] for row in report["sets"][0]["rows"]] == ["a<b", "broken"]
