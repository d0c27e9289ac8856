"""The metrics and the readiness probe of a dashboard."""

from collections import Counter

from dashboard.feed.live import Live
from wardbeat.observability.instruments import Instruments


def show_dashboard(instruments: Instruments, live: Live) -> None:
    """Register the metrics of the live feed. The dashboard is ready while Redis answers."""
    instruments.probes.set_check("redis", lambda: live.ward.problem)
    read = instruments.read
    read("wardbeat_dashboard_browsers", lambda: len(live.outboxes))
    read("wardbeat_dashboard_outbox_frames", lambda: max((outbox.waiting for outbox in live.outboxes), default=0))
    read("wardbeat_dashboard_dropped_frames_total", lambda: live.dropped)
    read("wardbeat_dashboard_beds", lambda: beds_by_monitored(live))
    read("wardbeat_dashboard_open_alerts", lambda: alerts_by_priority(live))
    read("wardbeat_dashboard_escalates", lambda: live.ward.escalates)


def beds_by_monitored(live: Live) -> dict[str, float]:
    """The number of monitored beds (``yes``) and of others (``no``). While Redis is away no bed is monitored."""
    monitored = [bed.monitored for bed in live.ward.beds]
    return {"yes": sum(monitored), "no": len(monitored) - sum(monitored)}


def alerts_by_priority(live: Live) -> dict[str, float]:
    """The number of open alerts of each priority."""
    known: Counter[str] = Counter(high=0, medium=0, low=0)
    known.update(alert.priority for alert in list(live.alerts.values()) if alert.origin != "canary")
    return dict(known)
