"""The ``wardbeat`` command: one file per command, imported only when that command runs."""

import importlib
import sys
from typing import NamedTuple

import click

import wardbeat
from wardbeat.errors import WardbeatError


class Entry(NamedTuple):
    """Where a command lives below ``wardbeat.cli``, and what it does; kept here so that --help imports nothing."""

    module: str
    words: str


COMMANDS = {
    "demo": Entry("demo", "Start a whole ward on this machine: broker, Redis, worker, dashboard, patients."),
    "replay": Entry("replay", "Send recorded or synthetic patients into Kafka as live streams."),
    "worker": Entry("worker", "Monitor the patients that Kafka brings."),
    "escalate": Entry("escalate", "Tell others when nobody comes to an alert."),
    "dashboard": Entry("dashboard", "Serve the ward's screens."),
    "annotate": Entry("annotate", "Run the live detector over records and write what it finds."),
    "evaluate": Entry("training.evaluate", "Score the live detector by the field's own protocol and write a report."),
    "evaluate-alerts": Entry(
        "training.evaluate_alerts", "Score alerts, rhythm and heart rate against what is true and write a report."
    ),
    "train": Entry("training.train", "Fit the detector's networks from records and write a bundle."),
    "tune": Entry("training.tune", "Search the settings of a network."),
    "records": Entry("records.group", "List, check and download recordings."),
    "doctor": Entry("doctor", "Check that all is there that a ward needs, and say what to do."),
    "topics": Entry("topics", "Make and describe the Kafka topics."),
    "dead-letters": Entry("dead_letters", "List what no worker could use, and send it once more."),
    "beds": Entry("beds.group", "Admit, move and discharge patients; set limits; put beds on standby."),
    "alerts": Entry("alerts.group", "List, show, acknowledge, resolve, export and replay alerts."),
}


class LazyGroup(click.Group):
    """A group whose commands live in the modules of :data:`COMMANDS` as ``command``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"wardbeat.cli.{COMMANDS[cmd_name].module}")
        command = module.command
        if not isinstance(command, click.Command):
            raise TypeError(f"{module.__name__}.command is no click command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.words) for name, entry in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(wardbeat.__version__, prog_name="wardbeat")
def cli() -> None:
    """Real-time ECG monitoring of a whole ward. Not a medical device."""


def main() -> None:
    """Run the command line; errors that Wardbeat raises on purpose are one line and exit code 2."""
    try:
        cli()
    except WardbeatError as error:
        from wardbeat.observability import logs

        logs.last_words(error)
        sys.exit(2)


if __name__ == "__main__":
    main()
