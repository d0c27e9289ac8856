"""No argument and no option of any command ends with a traceback, whatever its value: it ends with one line."""

import logging
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from redis import Redis

from tests.support.command_line import CommandLine
from tests.support.records_on_disk import counting, write_record
from tests.support.two_alerts import HIGH, store_alert
from wardbeat.cli.main import cli
from wardbeat.cli.values import FilePath, Number, Text, Whole
from wardbeat.store import redis_keys

NUMBERS = ("nan", "inf", "-inf", "-1", "", " ", "x" * 300, "9" * 400, "1e400", "a\nb", "\udcff", "0x10")
NO_FILES = ("", " ", "x" * 300, "a\nb", "\udcff", "MISSING/x")
TEXTS = (*NO_FILES, "nan", "-1")
WITH_BEDS = {"stream", "stream_id", "bed", "target"}
"""They take any text, which is then looked up among the beds there are."""
SERVICES = {"worker", "dashboard", "escalate", "demo", "classify serve"}
"""They run until they are stopped, so each hostile value must be refused before they start."""
GOOD = {
    "replay": "--records {records} --duration 1 --speed 0",
    "annotate": "--records {records} --out {out} --jobs 1",
    "classify picture": "{records}/good.hea",
    "classify 12-lead": "--records {records}",
    "evaluate": "--records {records} --out {out}",
    "evaluate-alerts": "--records {records} --out {out}",
    "train": "--records {out} --rhythms {out} --work {out}/work --out {out}/bundle",
    "tune": "qrs --records {out} --rhythms {out} --work {out}/work",
    "compare": "--data {out} --work {out}/work --out {out}/report --task beats",
    "explore": "--records {out} --out {out}/explored",
    "records check": "{records}",
    "records list": "{records}",
    "records import": "{records}/good.csv --to {out}",
    "records download": "mitdb --mirror http://127.0.0.1:1 --to {out}",
    "beds admit": "bed-1 --by AB",
    "beds discharge": "bed-1 --by AB",
    "beds limits": "bed-1 --by AB --hr-low 45",
    "beds standby": "bed-1 --by AB",
    "beds transfer": "bed-1 bed-2 --by AB",
    "alerts show": "{alert}",
    "alerts ack": "{alert} --by AB",
    "alerts resolve": "{alert} --by AB",
    "alerts replay": "{alert}",
}
"""A right line of each command that needs arguments; the folder ``out`` is missing."""


def commands(group: click.Group, before: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command below a group, with its words on the command line."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


COMMANDS = dict(commands(cli))


@pytest.fixture
def ward(
    ward_topics: str, redis_server: str, fresh_settings: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Path:
    """A folder with a record, and a ward of two beds with one alert."""
    monkeypatch.setenv("WARDBEAT_KAFKA_BOOTSTRAP_SERVERS", ward_topics)
    monkeypatch.setenv("WARDBEAT_REDIS_URL", redis_server)
    monkeypatch.setattr("wardbeat.ecg.io.download.TIMEOUT_S", 1.0)
    monkeypatch.chdir(tmp_path)
    with Redis.from_url(redis_server) as redis:
        redis.zadd(redis_keys.STREAMS, {"bed-1": 1, "bed-2": 1})
    store_alert(redis_server, HIGH)
    write_record(tmp_path, counting(2, 5000), name="good", sig_name=["II", "V5"])
    (tmp_path / "good.csv").write_text("time,II\n" + "".join(f"{i / 250},{i % 250 / 250}\n" for i in range(2500)))
    return tmp_path


def with_value(command: click.Command, words: list[str], parameter: click.Parameter, value: str) -> list[str]:
    """A right line with one value replaced or added; its arguments come before its options."""
    arguments = [one for one in command.params if isinstance(one, click.Argument) and one.nargs == 1]
    if isinstance(parameter, click.Option):
        name = parameter.opts[0]
        if name in words:
            at = words.index(name)
            return [*words[:at], f"{name}={value}", *words[at + 2 :]]
        return [*words, f"{name}={value}"]
    if parameter.nargs == -1:
        return [*words, "--", value]
    at = [one.name for one in arguments].index(parameter.name)
    options = words[len(arguments) :]
    values = words[: len(arguments)]
    return [*options, "--", *values[:at], value, *values[at + 1 :]]


def is_number(parameter: click.Parameter) -> bool:
    return isinstance(parameter.type, (Number, Whole))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_argument_and_option_has_a_type_with_a_rule(name: str) -> None:
    for parameter in COMMANDS[name].params:
        checked = (Text, Number, Whole, FilePath, click.Choice, click.types.BoolParamType)
        assert isinstance(parameter.type, checked) or parameter.name in WITH_BEDS, parameter.name


@pytest.mark.parametrize("name", [name for name, command in COMMANDS.items() if any(map(is_number, command.params))])
def test_no_option_takes_a_number_that_is_none(wardbeat: CommandLine, name: str) -> None:
    for parameter in filter(is_number, COMMANDS[name].params):
        for value in NUMBERS:
            ended = wardbeat(*name.split(), f"{parameter.opts[0]}={value}")
            assert (ended.code, len(ended.err.splitlines())) == (2, 1), (parameter.name, value, ended.err)
            assert parameter.opts[0] in ended.err


@pytest.fixture
def log_lines_as_before() -> Iterator[None]:
    """A command that configures the log lines writes them to a stream that ends with it."""
    before = logging.root.handlers[:]
    yield
    logging.root.handlers[:] = before


@pytest.mark.minutes
@pytest.mark.usefixtures("log_lines_as_before")
@pytest.mark.parametrize("name", COMMANDS)
def test_every_hostile_value_ends_with_one_line(ward: Path, wardbeat: CommandLine, name: str) -> None:
    command = COMMANDS[name]
    line = GOOD.get(name, "").format(records=ward, out=ward / "out", alert=HIGH.alert_id).split()
    for parameter in command.params:
        if is_number(parameter) or (isinstance(parameter, click.Option) and parameter.is_flag):
            continue
        for value in NO_FILES if isinstance(parameter.type, FilePath) else TEXTS:
            words = [*name.split(), *with_value(command, line, parameter, value)]
            ended = wardbeat(*words)
            assert ended.code in {0, 1, 2}, words
            assert "Traceback" not in ended.err, words
            if name in SERVICES:
                assert ended.code == 2, words
            if ended.code == 2:
                assert len(ended.err.splitlines()) == 1, (words, ended.err)
                assert len(ended.err) < 2000, words
