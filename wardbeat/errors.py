"""Every error that Wardbeat raises on purpose, under one root.

Each message is one line. It names the thing, the rule and the value that broke it, and the next step.
"""

from typing import ClassVar


class WardbeatError(Exception):
    """The root of all errors that Wardbeat raises on purpose."""


class InvalidValueError(WardbeatError, ValueError):
    """A value that someone typed, or a program sent, breaks its rule. It is a ValueError for pydantic."""


class RecordError(WardbeatError):
    """A recording can't be read."""


class CodecError(WardbeatError):
    """Bytes that are no valid message, or a message that breaks its contract.

    ``kind`` is the kind by which dead letters are counted.
    """

    kind: ClassVar[str] = "invalid"


class OversizedError(CodecError):
    """A message that is larger than any valid one."""

    kind = "oversized"


class MisplacedError(CodecError):
    """A message under the key of another stream."""

    kind = "misplaced"


class NoEcgError(CodecError):
    """A chunk whose signals are no ECG leads by their names."""

    kind = "noecg"


class MonitorError(WardbeatError):
    """A patient monitor can't continue from its input, such as the snapshot of another monitor."""


class BundleError(WardbeatError):
    """A model bundle is missing, incomplete or made for another version."""


class TrainingError(WardbeatError):
    """Networks can't be fitted to these records or with these options."""


class EvaluationError(WardbeatError):
    """An evaluation can't run with these records or options."""


class BrokerError(WardbeatError):
    """Kafka can't be reached, started or used as configured."""


class StoreError(WardbeatError):
    """Redis can't be reached, started or used as configured."""


class AlertActionError(WardbeatError):
    """The present state of an alert does not allow the act."""


class AdmissionError(WardbeatError):
    """The present state of a bed does not allow the act, or a limit is out of its range."""


class UnknownBedError(AdmissionError):
    """There is no bed of this name."""


class EscalationError(WardbeatError):
    """A channel did not deliver an escalation."""


class ClassifyError(WardbeatError):
    """The classify service can't be reached, or does not take a file."""


class UploadError(WardbeatError):
    """An uploaded file is nothing that can be classified: no picture, no record, damaged or too large."""


class SettingsError(WardbeatError):
    """A setting is missing or out of range."""


class DownloadError(WardbeatError):
    """A file can't be downloaded, or is not the published one."""


class ServiceError(WardbeatError):
    """A service that the demo started has died, or did not become ready."""


def in_one_line(text: str) -> str:
    """A message with its line breaks and control characters escaped: a value in it may hold any character."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def root_cause(error: BaseException) -> str:
    """The innermost reason of an error in a few words, without addresses: a connection error wraps several others."""
    while error.__context__ is not None:
        error = error.__context__
    reason = error.strerror if isinstance(error, OSError) else None
    return reason or type(error).__name__
