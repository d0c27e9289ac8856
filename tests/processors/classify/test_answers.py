"""Answers have the names that programs read."""

from processors.classify.answers import MonitorAnswer, PictureResult, RecordResult, ServiceHealth


def test_a_picture_has_its_class_under_this_name() -> None:
    made = PictureResult(file="a.png", beat_class="PVC", probabilities={}, refused=None, saliency=None, notes=[])
    assert list(made.model_dump(by_alias=True)) == ["file", "class", "probabilities", "refused", "saliency", "notes"]


def test_a_record_has_the_answers_of_networks_and_monitor() -> None:
    assert list(RecordResult.model_fields) == [
        "record", "leads", "left_out", "fs_hz", "duration_s", "superclasses", "found", "abnormal", "rhythm", "reason",
        "monitor", "strips",
    ]  # fmt: skip
    assert list(MonitorAnswer.model_fields) == ["beats", "rhythms", "alerts", "mean_hr_bpm"]
    assert list(ServiceHealth.model_fields) == ["picture", "twelve_lead"]
