"""The figures of an alert evaluation survive JSON."""

import msgspec

from training.evaluation.alerts.results import AlertEvaluation, FolderFigures, ListedAlert


def test_figures_are_read_as_they_were_written() -> None:
    folder = FolderFigures(
        folder="vfdb",
        kind="vfdb",
        records={"418": "held out (fold 1)"},
        seen={"held out": 1},
        hours=0.5,
        asystole=[ListedAlert("418", "asystole", 1.0, 5.0, None)],
    )
    evaluation = AlertEvaluation([folder], None, [], {"in service": "0"}, seed=3)
    body = msgspec.json.encode(evaluation)
    assert msgspec.json.decode(body, type=AlertEvaluation) == evaluation
    assert msgspec.json.decode(body)["folders"][0]["ventricular"] is None, "a figure that the kind does not define"
