"""What a store keeps of a bed, to the last sample."""

from wardbeat.alert_store import AlertStore
from wardbeat.alerts import AlertRecord


async def whole_history(store: AlertStore, stream_id: str) -> list[AlertRecord]:
    """The alerts of a stream, newest first, each with the signals of its evidence."""
    whole = [await store.get(record.alert.alert_id) for record in await store.history(stream_id)]
    return [record for record in whole if record is not None]
