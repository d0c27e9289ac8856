"""Every error that Wardbeat raises on purpose, under one root.

Each message names the thing, the rule that it broke and the value, and tells the next step, in one line.
"""

from typing import ClassVar


class WardbeatError(Exception):
    """The root of all errors that Wardbeat raises on purpose."""


class RecordError(WardbeatError):
    """A recording can't be read as it is."""


class CodecError(WardbeatError):
    """Bytes that are no valid message, or a message that breaks its contract.

    ``kind`` is what dead letters are counted by.
    """

    kind: ClassVar[str] = "invalid"


class OversizedError(CodecError):
    """A message that is larger than any can be."""

    kind = "oversized"


class MisplacedError(CodecError):
    """A message that lies under the key of another."""

    kind = "misplaced"


class MonitorError(WardbeatError):
    """A patient monitor was given something that it can't go on from (a foreign snapshot, an unknown answer)."""


class BundleError(WardbeatError):
    """A model bundle is missing, incomplete or made for another version."""


class TrainingError(WardbeatError):
    """Networks can't be fitted from what was given."""


class EvaluationError(WardbeatError):
    """What was asked of an evaluation can't be done with what is there."""


class BrokerError(WardbeatError):
    """Kafka can't be reached, started or used as configured."""


class StoreError(WardbeatError):
    """Redis can't be reached, started or used as configured."""


class AlertActionError(WardbeatError):
    """What was asked of an alert is not allowed in its present state."""


class AdmissionError(WardbeatError):
    """What was asked of a bed is not allowed in its present state, or a limit is out of its range."""


class EscalationError(WardbeatError):
    """Somebody elsewhere could not be told that nobody came to an alert."""


class SettingsError(WardbeatError):
    """A setting is missing or out of range."""


class DownloadError(WardbeatError):
    """Something that had to be fetched could not be."""


class ServiceError(WardbeatError):
    """One of the services that the demo started died, or never became ready."""
