"""Writes docs/reference from the code: ``python docs/generate.py [FOLDER]``. A test fails if it is out of date."""

import inspect
import re
import sys
import types
import typing
from pathlib import Path

import click
import msgspec

from processors.monitor.chunk_order import CONFLICT_AFTER_S
from processors.monitor.rhythm.conditions import RhythmLimits
from processors.monitor.rhythm.unreadable import BLIND_S
from processors.monitor.rhythm.ventricular import VentricularLimits
from processors.worker.silence import NO_DATA_AFTER_S, RISES_AFTER_S
from wardbeat.care.admissions import (
    Admission,
    Bed,
    PatientLimits,
    PatientSettings,
    SettingsApplied,
    Standby,
    Stay,
)
from wardbeat.care.alert_lifecycle import SOUNDS_AGAIN_S, AlertRecord, Comment
from wardbeat.care.alert_off import NEVER_OFF
from wardbeat.care.audio_pause import PAUSE_S, AudioPause
from wardbeat.care.audit import AuditEntry
from wardbeat.care.ward_defaults import WardDefaults
from wardbeat.cli import main
from wardbeat.contracts import alert_codes, canary, codec, messages, rules, topics
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


ALERT_LIFE = f"""## The life of an alert

| state | meaning | next |
| --- | --- | --- |
| `active` | its condition holds; no member of staff has acknowledged it | acknowledged, or its condition ends |
| `acknowledged` | staff have seen it; its condition holds | resolved when the condition ends |
| `ended` | its condition is over; no member of staff has seen it (high priority only) | resolved once acknowledged |
| `resolved` | nothing is left to do | a condition that returns is a new alert |

- An acknowledgement holds for {SOUNDS_AGAIN_S:g} s. If the condition holds after that, the alert sounds again,
  and staff must acknowledge it again.
- An alert that becomes more urgent is active again, also if it was acknowledged before.
- An audio pause of a bed or of the ward lasts at most {PAUSE_S.high:g} s. An alert that begins during it with
  high priority, or rises to it, breaks through.
- An alert code that is switched off for a patient raises no alert and hides no less urgent one; an open alert ends. The
  audit records who switched it off, when and why, and the tile shows it. If it is switched on again while its condition
  holds, a new alert is raised. {", ".join(f"`{code}`" for code in sorted(NEVER_OFF))} and technical alerts cannot be
  switched off.
- `resolve` is refused while the condition holds. Discharge and transfer close every alert of the patient.
- If a monitor begins from the start, the alerts of the one before stay for a minute of signal. Those that the new
  monitor has not raised again then end.
- The bed's audit records who did what, and when. It is written together with each change, and kept for
  {redis_keys.ALERT_TTL_S // 86400} days.
"""
_LIMITS = RhythmLimits()
_LATER = f"medium after {_LIMITS.technical_rises_s:g} s"
_LONG = f"for {_LIMITS.hr_high_delay_s:g} s at 20/min beyond it, {_LIMITS.slight_excess_s / 60:g} min at up to 2/min"
DEFINITIONS = {
    "asystole": f"no QRS complex for {_LIMITS.asystole_s:g} s while a lead is usable",
    "ventricular_fibrillation": "fibrillation or flutter: the ventricular network finds a ventricular rhythm in "
    f"{_LIMITS.ventricular.fibrillation_s} of 5 s, without organised QRS complexes and without a line between the "
    "waves. The evidence says so if fibrillation and tachycardia are not told apart",
    "ventricular_tachycardia": f"{_LIMITS.vt_beats} or more ventricular beats in a row above {_LIMITS.vt_bpm}/min, "
    "or four seconds of regular wide complexes as fast as that, by the ventricular network. The value is the rate",
    "extreme_bradycardia": f"heart rate below {_LIMITS.extreme_low_bpm}/min over {_LIMITS.low_beats} beats",
    "extreme_tachycardia": f"heart rate above {_LIMITS.extreme_high_bpm}/min over {_LIMITS.high_beats} beats",
    "bradycardia": f"heart rate below {_LIMITS.hr_low_bpm}/min over {_LIMITS.low_beats} beats, {_LONG}",
    "tachycardia": f"heart rate above {_LIMITS.hr_high_bpm}/min over {_LIMITS.high_beats} beats, {_LONG}",
    "ventricular_rhythm": f"{_LIMITS.vt_beats} or more ventricular beats in a row at {_LIMITS.vt_bpm}/min or slower",
    "ventricular_run": f"3 to {_LIMITS.vt_beats - 1} ventricular beats in a row",
    "pause": f"no QRS complex for {_LIMITS.pause_s:g} s",
    "atrial_fibrillation": f"atrial fibrillation for {_LIMITS.af_s:g} s, once an episode, which ends after "
    f"{_LIMITS.af_recovery_s:g} s without; not if it is known for the patient",
    "bigeminy": f"{_LIMITS.cycles} or more cycles of one normal, one ventricular beat",
    "trigeminy": f"{_LIMITS.cycles} or more cycles of two normal, one ventricular beat",
    "couplet": "2 ventricular beats in a row",
    "pvc_rate": f"more than {_LIMITS.pvc_per_minute} ventricular beats a minute",
    "supraventricular_run": f"{_LIMITS.supraventricular_run_beats} or more supraventricular beats in a row above "
    f"{_LIMITS.supraventricular_run_bpm}/min, which begin suddenly",
    "anomaly": f"the combined detector finds {_LIMITS.anomaly_windows} of {_LIMITS.anomaly_of} windows abnormal, "
    "by more than the patient's own baseline, and no rule explains it",
    "lead_off": f"no lead has valid signal; high after {_LIMITS.technical_rises_s:g} s. "
    "One step lower each if the session had no ECG yet",
    "no_data": f"no data for {NO_DATA_AFTER_S:g} s, unless the patient is on standby; high after {RISES_AFTER_S:g} s."
    " One step lower each if the patient had no ECG yet in this bed",
    "not_monitored": "no worker is alive or reaches Kafka for 5 s while a bed has a patient; by the escalator",
    "no_listener": "no screen whose sound is on has reported for 10 to 20 s; the escalator escalates it immediately",
    "screen_stopped": "a screen that was not closed reports nothing for 10 s; by the escalator",
    "escalation_failed": "no member of staff came to an alert, and the escalation was not delivered",
    "canary_missed": f"an alert of the canary reached no dashboard within {canary.LIMIT_S:g} s of its onset",
    "noisy_signal": f"quality < {_LIMITS.noisy_quality:g} for {_LIMITS.noisy_s} s, no readable beat {BLIND_S:g} s; "
    + _LATER,
    "source_conflict": f"{CONFLICT_AFTER_S:g} s of a second device's signal, in another session or the same; {_LATER}",
}


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
