"""The patient with the most urgent alert comes first."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from processors.worker.sinks.urgency_order import most_urgent_first
from tests.support.samples import make_alert, make_status
from wardbeat.contracts.alert_codes import CODES
from wardbeat.contracts.messages import Alert

CODES_OF_BEDS = st.lists(st.tuples(st.sampled_from(["bed-1", "bed-2", "bed-3"]), st.sampled_from([*CODES, None])))


@given(CODES_OF_BEDS)
def test_the_patient_with_the_most_urgent_alert_comes_first_and_each_stays_in_order(
    of_beds: list[tuple[str, str | None]],
) -> None:
    outputs = [
        make_alert(code, n, stream_id=bed) if code else make_status(bed, n) for n, (bed, code) in enumerate(of_beds)
    ]
    written = most_urgent_first(outputs)
    assert sorted(map(id, written)) == sorted(map(id, outputs)), "nothing is lost, nothing doubled"
    for bed in {bed for bed, _ in of_beds}:
        assert [one for one in written if one.stream_id == bed] == [one for one in outputs if one.stream_id == bed]
    if any(code == "asystole" for _, code in of_beds):
        assert ("asystole", written[0].stream_id) in {(code, bed) for bed, code in of_beds}
    high = {alert.stream_id for alert in outputs if isinstance(alert, Alert) and alert.priority == "high"}
    assert {one.stream_id for one in written[: sum(one.stream_id in high for one in written)]} == high


def test_an_ended_alert_is_not_urgent() -> None:
    over = msgspec.structs.replace(make_alert("asystole", stream_id="bed-1"), ended_sample=5000)
    holds = make_alert("couplet", stream_id="bed-2")
    assert most_urgent_first([over, holds]) == [holds, over]
