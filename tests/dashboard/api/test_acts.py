"""Acts on alerts and on the sound, and the audit."""

import httpx
import pytest

from wardbeat.contracts.messages import Alert

UNKNOWN = "00000000-0000-5000-8000-000000000000"
pytestmark = pytest.mark.slow  # a real Redis


async def test_comments_are_stored_with_the_alert_and_in_the_audit(api: httpx.AsyncClient, alert: Alert) -> None:
    path = f"/api/v1/alerts/{alert.alert_id}"
    view = (await api.post(f"{path}/acknowledge", json={"by": "ab", "comment": " pulse is there "})).json()
    assert [(comment["text"], comment["by"]) for comment in view["comments"]] == [("pulse is there", "AB")]
    assert view["sounds_again_ms"] == view["calls_from_ms"] == view["acknowledged_ms"] + 120_000
    second = (await api.post(f"{path}/acknowledge", json={"by": "cd"})).json()
    assert second["acknowledged_by"] == "AB"  # a second acknowledgement does not replace the first
    assert (await api.post(f"{path}/comments", json={"by": "cd", "text": "doctor told"})).status_code == 200
    for words in (" ", "x" * 501):
        assert (await api.post(f"{path}/comments", json={"by": "cd", "text": words})).status_code == 422
    audit = (await api.get(f"{path}/audit")).json()
    assert [(entry["act"], entry["by"]) for entry in audit] == [
        ("commented", "CD"), ("commented", "AB"), ("acknowledged", "AB"), ("raised", "monitor"),
    ]  # fmt: skip
    assert (await api.get("/api/v1/streams/bed-1/audit", params={"limit": 2})).json() == audit[:2]
    assert (await api.get(f"/api/v1/alerts/{UNKNOWN}/audit")).status_code == 404


async def test_sound_is_paused_by_bed_and_ward(api: httpx.AsyncClient, alert: Alert) -> None:
    paused = (await api.post("/api/v1/streams/bed-1/pause", json={"by": "ab", "seconds": 60})).json()
    assert paused["until_ms"] - paused["since_ms"] == 60_000
    assert (await api.post("/api/v1/ward/pause", json={"by": "cd"})).status_code == 200
    assert (await api.post("/api/v1/ward/pause", json={"by": "cd", "seconds": 121})).status_code == 422
    assert {pause["stream_id"] for pause in (await api.get("/api/v1/pauses")).json()} == {"bed-1", None}
    assert (await api.post("/api/v1/streams/bed-1/resume", json={"by": "ab"})).status_code == 204
    assert (await api.post("/api/v1/ward/resume", json={"by": "ab"})).status_code == 204
    assert (await api.get("/api/v1/pauses")).json() == []
    audit = (await api.get("/api/v1/audit")).json()
    assert [(entry["act"], entry["by"], entry["detail"]) for entry in audit] == [
        ("resumed", "AB", ""), ("paused", "CD", "120 s"),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["paced rhythm", "pause_s", "<b>x</b>", "high", "a;  b"])
async def test_a_comment_is_stored_verbatim(api: httpx.AsyncClient, alert: Alert, text: str) -> None:
    path = f"/api/v1/alerts/{alert.alert_id}"
    view = (await api.post(f"{path}/comments", json={"by": "AB", "text": text})).json()
    assert view["comments"][-1]["text"] == text
    assert (await api.get(f"{path}/audit")).json()[0]["detail"] == text
