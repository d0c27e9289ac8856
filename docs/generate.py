"""Writes docs/reference from the code: ``python docs/generate.py [FOLDER]``. A test fails if it is out of date."""

import inspect
import re
import sys
import types
import typing
from pathlib import Path

import click
import msgspec
from alert_definitions import ALERT_LIFE, DEFINITIONS

from processors.monitor.rhythm.conditions import RhythmLimits
from processors.monitor.rhythm.ventricular import VentricularLimits
from wardbeat.care.admissions import (
    Admission,
    Bed,
    PatientLimits,
    PatientSettings,
    SettingsApplied,
    Standby,
    Stay,
)
from wardbeat.care.alert_lifecycle import AlertRecord, Comment
from wardbeat.care.audio_pause import AudioPause
from wardbeat.care.audit import AuditEntry
from wardbeat.care.ward_defaults import WardDefaults
from wardbeat.cli import main
from wardbeat.contracts import alert_codes, codec, messages, rules, topics
from wardbeat.observability.metrics import METRICS
from wardbeat.settings import Settings
from wardbeat.store import redis_keys
from wardbeat.store.live_store import LastSeen, WorkerHealth

REFERENCE = Path(__file__).parent / "reference"
NOTE = "<!-- written by docs/generate.py: change the code, then run it again -->\n\n"
CLI_WIDTH = 100
TOPICS = (
    (
        topics.WAVEFORM,
        f"`EcgChunk`; a dead letter that was sent again has the header `{topics.REPLAYED_FROM}`",
        "producers",
        "workers",
        "stream id",
    ),
    (topics.BEAT, "`Beat`", "workers", "any program", "stream id"),
    (topics.WINDOW, "`Window`, the verdict on 5 s of ECG", "workers", "any program", "stream id"),
    (
        topics.ALERT,
        "`Alert`, when raised, when more urgent or with more evidence, and when ended",
        "workers",
        "any program",
        "stream id",
    ),
    (
        topics.ESCALATION,
        "`Escalation`, when no member of staff came",
        "escalators",
        "your notification service",
        "stream id",
    ),
    (
        topics.DEAD_LETTER,
        f"unusable records; headers `{topics.KIND}`, `reason`, `topic`, `partition`, `offset`, `{topics.CUT_FROM}`",
        "workers",
        "`wardbeat dead-letters`",
        "the key of the record",
    ),
)
ON_KAFKA = (messages.EcgChunk, messages.Beat, messages.Window, messages.Alert, messages.Evidence, messages.Escalation)
ON_REDIS = (
    messages.Status,
    messages.Strip,
    AlertRecord,
    Comment,
    AudioPause,
    AuditEntry,
    WorkerHealth,
    LastSeen,
    Bed,
    Standby,
    Admission,
    Stay,
    PatientSettings,
    PatientLimits,
    WardDefaults,
    SettingsApplied,
)


def pages() -> dict[str, str]:
    """Every page of the reference by its file name."""
    return {
        "messages.md": NOTE + messages_page(),
        "settings.md": NOTE + settings_page(),
        "redis-keys.md": NOTE + redis_keys_page(),
        "alert-codes.md": NOTE + alert_codes_page(),
        "cli.md": NOTE + cli_page(),
        "metrics.md": NOTE + metrics_page(),
        "decisions.md": NOTE + decisions_page(),
    }


def messages_page() -> str:
    return "\n".join(
        [
            "# Messages\n",
            "MessagePack by msgspec. *Array* means that fields are sent by place: new fields are only ever",
            "appended, with a default. *Map* means that they are sent by name. A reader skips unknown fields.",
            "Golden files in `tests/golden` guard the bytes.\n",
            "## Topics\n",
            table(("topic", "holds", "written by", "read by", "key"), [(f"`{row[0]}`", *row[1:]) for row in TOPICS]),
            f"\n{topics.DEFAULT_PARTITIONS} partitions by default. Every client places keys by murmur2 (librdkafka:",
            f"`partitioner={topics.PARTITIONER}`). Delivery is at least once: readers recognise repeats by id.\n",
            "## Rules for a chunk\n",
            f"- {rules.FS_RANGE_HZ.low:g} to {rules.FS_RANGE_HZ.high:g} Hz; at most {codec.MAX_CHUNK_S:g} s",
            f"- 1 to {codec.MAX_LEADS} leads; at most {codec.MAX_CHUNK_BYTES // 1024} KiB in all",
            f"- a lead's name: at most {codec.MAX_LEAD_NAME} characters",
            f"- stream id: `{rules.STREAM_ID.pattern}`",
            f"- {messages.INVALID_SAMPLE} is an invalid sample\n",
            "A chunk that breaks a rule goes to the dead-letter topic with its reason.\n",
            "## On Kafka\n",
            *map(struct_section, ON_KAFKA),
            "## In Redis\n",
            *map(struct_section, ON_REDIS),
            "## Inside a worker\n",
            struct_section(messages.RhythmChange),
        ]
    )


def struct_section(struct: type[msgspec.Struct]) -> str:
    """A heading, the docstring and the fields of a message."""
    text, described = split_numpydoc(inspect.getdoc(struct) or "")
    config = struct.__struct_config__
    hints = typing.get_type_hints(struct)
    rows = [
        (f"`{field.name}`", type_words(hints[field.name]), default_words(field), described.get(field.name, ""))
        for field in msgspec.structs.fields(struct)
    ]
    if not described:
        rows = [row[:3] for row in rows]
    header = ("field", "type", "default", "what")[: len(rows[0])]
    kind = "array" if config.array_like else "map"
    return f"### {struct.__name__} ({kind})\n\n{markdown(text)}\n\n{table(header, rows)}\n"


def split_numpydoc(doc: str) -> tuple[str, dict[str, str]]:
    """The text before ``Attributes``, and each description there by its name, or names with commas."""
    text, _, attributes = doc.partition("\nAttributes\n----------\n")
    described = re.findall(r"^([\w, ]+) : .*\n((?:    .*\n?)*)", attributes, flags=re.MULTILINE)
    return text.strip(), {name: markdown(" ".join(lines.split())) for name, lines in described}


def type_words(hint: object) -> str:
    """A type in the form for a table."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return " ".join(f"`{value}`" for value in args)
    if origin in {typing.Union, types.UnionType}:
        return " or ".join(type_words(arg) for arg in args)
    if origin is tuple and args[-1] is Ellipsis:
        return f"list of {type_words(args[0])}"
    if origin is tuple:
        return f"({', '.join(map(type_words, args))})"
    if hint is types.NoneType:
        return "none"
    return hint.__name__ if isinstance(hint, type) else str(hint)


def default_words(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return ""
    return "`none`" if field.default is None else f"`{field.default!r}`"


def settings_page() -> str:
    rows = []
    for name, field in Settings.model_fields.items():
        default = None if field.default_factory else field.default  # a computed default differs from machine to machine
        default = ",".join(default) if isinstance(default, tuple) else default
        rows.append(
            (f"`WARDBEAT_{name.upper()}`", "unset" if default is None else f"`{default}`", field.description or "")
        )
    return "\n".join(
        [
            "# Settings\n",
            "Environment variables. A process reads them once, at its start. A value out of range ends the process",
            "with one line that names the variable. Such a line contains no secret.\n",
            table(("variable", "default", "what"), rows),
            "\n## Thresholds of the rules\n",
            "Every monitor starts with these. Staff set some of them for an admitted patient",
            "([how](../how-to/beds.md)); the others are set in the code and evaluated with it.\n",
            thresholds(RhythmLimits),
            "\n### Ventricular tachycardia and fibrillation\n",
            thresholds(VentricularLimits),
            "",
        ]
    )


def thresholds(struct: type[msgspec.Struct]) -> str:
    """The docstring of thresholds, and a row for each threshold or each group with one description."""
    text, described = split_numpydoc(inspect.getdoc(struct) or "")
    values = {
        field.name: "below" if isinstance(field.default, msgspec.Struct) else default_words(field)
        for field in msgspec.structs.fields(struct)
    }
    rows = []
    for names, what in described.items():
        of_row = names.split(", ")
        rows.append((", ".join(f"`{name}`" for name in of_row), ", ".join(map(values.pop, of_row)), what))
    if values:
        raise AssertionError(f"{struct.__name__}: describe {', '.join(values)} in the docstring")
    return f"{markdown(text)}\n\n{table(('threshold', 'default', 'what'), rows)}"


def redis_keys_page() -> str:
    doc = inspect.getdoc(redis_keys) or ""
    _, _, keys = doc.partition("\n\n")
    lives = [
        (f"`{name}`", f"{value:,}")
        for name, value in vars(redis_keys).items()
        if name.isupper() and isinstance(value, int)
    ]
    return "\n".join(
        [
            "# Redis keys\n",
            "Redis holds the current state and the alerts. When the status of a patient has expired, the state of",
            "this patient is unknown, and the screen shows that.\n",
            markdown(keys),
            "\n",
            table(("figure", "value"), lives),
            "",
        ]
    )


def alert_codes_page() -> str:
    codes = alert_codes.CODES.values()
    rows = [(code.priority, f"`{code.code}`", code.kind, code.words, DEFINITIONS[code.code]) for code in codes]
    return "\n".join(
        [
            "# Alert codes\n",
            "By kind, in the order of urgency. An alert of high priority latches: it stays until staff acknowledge",
            "it, also when its condition is over. A more urgent alert hides a less urgent one. Low priority makes no",
            "sound. Adults only; not a medical device.\n",
            table(("priority", "code", "kind", "words on the screen", "raised when"), rows),
            "\n" + ALERT_LIFE,
        ]
    )


def cli_page() -> str:
    return "\n".join(
        [
            "# The command line\n",
            *command_sections(main.cli, "wardbeat", None),
            "Exit code 0 means success, 1 a fault of Wardbeat's own or a check that found a difference,",
            "2 an error that names the next step, 130 a demo that Ctrl-C ended before it had begun.\n",
        ]
    )


def metrics_page() -> str:
    rows = [
        (f"`{metric.name}`", metric.kind, f"`{metric.label}`" if metric.label else "", metric.words)
        for metric in METRICS.values()
    ]
    buckets = [
        (f"`{metric.name}`", ", ".join(f"{bound:g}" for bound in metric.buckets))
        for metric in METRICS.values()
        if metric.buckets
    ]
    return "\n".join(
        [
            "# Metrics\n",
            "Processes show these at `/metrics` ([how](../how-to/watch-the-system.md)): the first ones are of every",
            "process, the others of the process in their name. Counters begin at 0 with the process. Prometheus'",
            "client library adds `process_resident_memory_bytes`, `process_cpu_seconds_total` and others.\n",
            table(("metric", "kind", "label", "what"), rows),
            "\n## Upper bounds of the histograms\n",
            table(("metric", "bounds"), buckets),
            "",
        ]
    )


def decisions_page() -> str:
    lines = []
    for path in sorted((Path(__file__).parent / "adr").glob("*.md")):
        text = path.read_text(encoding="utf-8")
        number, title = text.partition("\n")[0].removeprefix("# ").split(" ", 1)
        replaced = re.search(r"^Status: (replaced by) \[?(\d+)", text, re.MULTILINE)
        what_became = f" ({replaced[1]} {replaced[2]})" if replaced else ""
        lines.append(f"- {number} [{title}](../adr/{path.name}){what_became}")
    return "\n".join(["# Decisions\n", "Half a page each: the question, the decision, and what follows.\n", *lines, ""])


def command_sections(command: click.Command, name: str, parent: click.Context | None) -> list[str]:
    """The help of a command, then that of the commands below it."""
    context = click.Context(
        command, info_name=name, parent=parent, terminal_width=CLI_WIDTH, help_option_names=["-h", "--help"]
    )
    sections = [f"## {context.command_path}\n\n```\n{command.get_help(context)}\n```\n"]
    if isinstance(command, click.Group):
        for sub_name in command.list_commands(context):
            sub_command = command.get_command(context, sub_name)
            if sub_command is not None:
                sections += command_sections(sub_command, sub_name, context)
    return sections


def markdown(text: str) -> str:
    """A docstring's markup as Markdown's."""
    text = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", text)
    return text.replace("``", "`")


def table(header: tuple[str, ...], rows: typing.Iterable[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else REFERENCE
    folder.mkdir(exist_ok=True)
    for page_name, page in pages().items():
        (folder / page_name).write_text(page, encoding="utf-8")
    sys.stdout.write(f"{len(pages())} pages in {folder}\n")
