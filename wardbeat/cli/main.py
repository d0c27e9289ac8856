"""The ``wardbeat`` command. Each command has its own module, imported only when that command runs."""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, NamedTuple

import click

import wardbeat
from wardbeat.destinations import is_about_a_file
from wardbeat.errors import WardbeatError, in_one_line


class Entry(NamedTuple):
    """The module of a command below ``wardbeat.cli``, and its help text, so that --help imports nothing."""

    module: str
    words: str


COMMANDS = {
    "demo": Entry("demo", "Start a whole ward on this machine: broker, Redis, worker, dashboard, patients."),
    "replay": Entry("replay", "Send recorded or synthetic patients into Kafka as live streams."),
    "canary": Entry("canary", "Send a synthetic patient that shows that alerts arrive."),
    "worker": Entry("worker", "Monitor the patients whose ECG comes through Kafka."),
    "escalate": Entry("escalate", "Notify other staff of alerts that are not acknowledged in time."),
    "dashboard": Entry("dashboard", "Serve the ward's screens."),
    "annotate": Entry("annotate", "Run the live detector over records and write its findings."),
    "classify": Entry("classify.group", "Classify pictures of beats and records of twelve leads; serve the same."),
    "evaluate": Entry("training.evaluate", "Score the live detector by the field's own protocol and write a report."),
    "evaluate-alerts": Entry(
        "training.evaluate_alerts", "Score alerts, rhythm and heart rate against the reference and write a report."
    ),
    "train": Entry("training.train", "Fit the detector's networks and write a bundle, or fit a model of the study."),
    "tune": Entry("training.tune", "Search the settings of a network."),
    "compare": Entry("training.compare", "Fit and compare the models of the study, and write a report of each task."),
    "explore": Entry("explore", "Show what data sets hold before anyone fits: classes, patients, quality, duplicates."),
    "records": Entry("records.group", "List, check, download and convert recordings."),
    "doctor": Entry("doctor", "Check settings, Kafka, Redis, bundle, clock and disk, and propose the next step."),
    "topics": Entry("topics.group", "Make and describe the Kafka topics."),
    "dead-letters": Entry("dead_letters.group", "List the records that workers rejected, and send them again."),
    "beds": Entry("beds.group", "Admit, move and discharge patients; set limits; put beds on standby."),
    "alerts": Entry("alerts.group", "List, show, acknowledge, resolve, export and replay alerts."),
}


class _Refused(click.ClickException):
    """A wrong use of the command line, as one line with the command whose help says more."""

    exit_code = 2

    def __init__(self, error: click.UsageError) -> None:
        command = error.ctx.command_path if error.ctx else "wardbeat"
        words = " ".join(error.format_message().split()).rstrip(".")  # click lists the choices line by line
        super().__init__(f"{words}; see `{command} --help`")

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"wardbeat: {in_one_line(self.message)}", file=file or sys.stderr)


@contextmanager
def _usage_errors_in_one_line() -> Iterator[None]:
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise  # a group without a command shows its help
    except click.UsageError as error:
        raise _Refused(error) from error


class LazyGroup(click.Group):
    """A group whose commands are the ``command`` objects in the modules of :data:`COMMANDS`.

    A usage error is one line, like every other error.
    """

    def make_context(self, *args: Any, **options: Any) -> click.Context:
        with _usage_errors_in_one_line():
            return super().make_context(*args, **options)

    def invoke(self, ctx: click.Context) -> Any:
        with _usage_errors_in_one_line():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"wardbeat.cli.{COMMANDS[cmd_name].module}")
        command = module.command
        if not isinstance(command, click.Command):
            raise TypeError(f"{module.__name__}.command is not a click command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.words) for name, entry in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(wardbeat.__version__, prog_name="wardbeat")
def cli() -> None:
    """Real-time ECG monitoring of a whole ward. Not a medical device."""


def main() -> None:
    """Run the command line. An error that Wardbeat raises on purpose becomes one line and exit code 2.

    So does a file that can't be written or read after all: a full disk, or a folder that was removed meanwhile.
    """
    try:
        cli()
    except (WardbeatError, OSError) as error:
        from wardbeat.observability import logs

        if isinstance(error, OSError) and not is_about_a_file(error):
            raise
        logs.log_fatal(error)
        sys.exit(2)


if __name__ == "__main__":
    main()
