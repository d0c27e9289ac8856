"""The tables of ``wardbeat evaluate``."""

import msgspec
import pytest

from tests.support.filled import filled
from training.evaluation.detector.evaluate import Evaluation
from training.evaluation.detector.tables import GroupRow, Rate
from wardbeat.cli.training.detector_tables import print_evaluation


def group(prefixes: tuple[str, ...]) -> GroupRow:
    """A group with the rates of these prefixes, and counts for the five classes."""
    rates = {f"{prefix}_{rate}": filled(Rate) for prefix in prefixes for rate in ("se", "ppv", "f1")}
    return msgspec.structs.replace(filled(GroupRow), rates=rates, counts=[[1, 2, 3, 4, 5]] * 5)


@pytest.fixture
def evaluation() -> Evaluation:
    whole = filled(Evaluation)
    return msgspec.structs.replace(
        whole,
        qrs=[group(("qrs",))],
        classes=[group(("v", "s"))],
        windows=[
            msgspec.structs.replace(
                row, auroc=dict.fromkeys(("combined", "autoencoder", "classifier"), next(iter(row.auroc.values())))
            )
            for row in whole.windows
        ],
        noise=[
            msgspec.structs.replace(row, in_noise=dict.fromkeys(("qrs_f1", "v_se", "v_ppv", "unreadable"), 0.5))
            for row in whole.noise
        ],
        lead_faults=[msgspec.structs.replace(row, rates={"qrs_f1": 0.5}) for row in whole.lead_faults],
        detectors=[msgspec.structs.replace(row, rates={"qrs_se": 0.5, "qrs_ppv": 0.5}) for row in whole.detectors],
    )


def test_every_table_is_printed(evaluation: Evaluation, capsys: pytest.CaptureFixture[str]) -> None:
    print_evaluation(evaluation)
    lines = capsys.readouterr().out.splitlines()
    for beginning in ("QRS, %", "V beats, %", "S beats, %", "windows of 5 s, AUROC", "noise x", "x "):
        assert [line for line in lines if line.startswith(beginning)], beginning
    heading = next(line for line in lines if line.startswith("V beats, %"))
    assert lines[lines.index(heading) + 1].split()[:3] == ["x", "15", "50.00"]


def test_records_of_the_fit_are_named(evaluation: Evaluation, capsys: pytest.CaptureFixture[str]) -> None:
    print_evaluation(evaluation)
    assert "FITTED ON" not in capsys.readouterr().out
    records = [msgspec.structs.replace(row, record="119", seen="fitted on") for row in evaluation.records]
    print_evaluation(msgspec.structs.replace(evaluation, records=records))
    assert capsys.readouterr().out.endswith("FITTED ON, so these figures do not hold for new patients: 119\n")
