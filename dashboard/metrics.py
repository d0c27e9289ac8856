"""What a dashboard shows of itself."""

from collections import Counter

from dashboard.feed.live import Live
from wardbeat.observability.instruments import Instruments


def show_dashboard(instruments: Instruments, live: Live) -> None:
    """Show what the live feed knows; it is ready while Redis answers."""
    instruments.probes.ask("redis", lambda: live.ward.problem)
    read = instruments.read
    read("wardbeat_dashboard_browsers", lambda: len(live.outboxes))
    read("wardbeat_dashboard_outbox_frames", lambda: max((outbox.waiting for outbox in live.outboxes), default=0))
    read("wardbeat_dashboard_dropped_frames_total", lambda: live.dropped)
    read("wardbeat_dashboard_beds", lambda: beds_by_monitored(live))
    read("wardbeat_dashboard_open_alerts", lambda: alerts_by_priority(live))
    read("wardbeat_dashboard_escalates", lambda: live.ward.escalates)


def beds_by_monitored(live: Live) -> dict[str, float]:
    """How many beds are monitored and how many are not; none is while Redis is away."""
    monitored = [bed.monitored for bed in live.ward.beds]
    return {"yes": sum(monitored), "no": len(monitored) - sum(monitored)}


def alerts_by_priority(live: Live) -> dict[str, float]:
    """How many alerts of each priority are open."""
    known: Counter[str] = Counter(high=0, medium=0, low=0)
    known.update(alert.priority for alert in list(live.alerts.values()))
    return dict(known)
