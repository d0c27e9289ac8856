"""The order in which outputs are written: the patient with the most urgent alert first."""

from collections.abc import Sequence

from processors.ward.ward import WardOutput
from wardbeat.contracts.alert_codes import PRIORITY_ORDER, urgency
from wardbeat.contracts.messages import Alert

_NOT_URGENT = len(PRIORITY_ORDER), 0


def most_urgent_first(outputs: Sequence[WardOutput]) -> Sequence[WardOutput]:
    """The outputs, sorted by their patient's most urgent lasting alert. Each patient's outputs keep their order."""
    urgency_of: dict[str, tuple[int, int]] = {}
    for output in outputs:
        if isinstance(output, Alert) and output.ended_sample is None:
            of_alert = PRIORITY_ORDER[output.priority], urgency(output.code)
            urgency_of[output.stream_id] = min(of_alert, urgency_of.get(output.stream_id, of_alert))
    if len(urgency_of) == 0:
        return outputs
    return sorted(outputs, key=lambda output: urgency_of.get(output.stream_id, _NOT_URGENT))
