"""The command line: --help is fast, and an error is one line with exit code 2."""

import resource
import subprocess
import sys
from importlib.util import find_spec

import click
import pytest
from click.testing import CliRunner

import wardbeat
from wardbeat.cli import main
from wardbeat.errors import RecordError

HEAVY = ("confluent_kafka", "dash", "faust", "keras", "numba", "onnxruntime", "pandas", "scipy", "tensorflow", "wfdb")


def test_help_lists_every_command() -> None:
    result = CliRunner().invoke(main.cli, ["--help"])
    assert result.exit_code == 0
    for name, entry in main.COMMANDS.items():
        assert name in result.output
        assert entry.words.split(maxsplit=1)[0] in result.output
    assert "Not a medical device" in result.output


def test_version() -> None:
    assert CliRunner().invoke(main.cli, ["--version"]).output == f"wardbeat, version {wardbeat.__version__}\n"


@pytest.mark.parametrize("name", main.COMMANDS)
def test_every_command_exists_and_has_help(name: str) -> None:
    module = f"wardbeat.cli.{main.COMMANDS[name].module}"
    assert find_spec(module), f"{module} is missing"
    result = CliRunner().invoke(main.cli, [name, "--help"])
    assert result.exit_code == 0, result.output
    assert result.output.startswith("Usage: ")


def test_an_unknown_command_is_a_usage_error() -> None:
    result = CliRunner().invoke(main.cli, ["reboot"])
    assert result.exit_code == 2
    assert "No such command 'reboot'" in result.output


def test_help_takes_less_than_half_a_second() -> None:
    """Within 0.5 s of CPU time; the best of three runs. Wall time would measure the other work of the machine."""
    took_s = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, "-c", "from wardbeat.cli.main import main; main()", "--help"],
            check=True,
            capture_output=True,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took_s.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(took_s) < 0.5


@pytest.mark.parametrize("name", ["", *main.COMMANDS])
def test_help_imports_nothing_heavy(name: str) -> None:
    script = (
        "import sys; sys.argv = ['wardbeat', *sys.argv[1:], '--help']\n"
        "from wardbeat.cli.main import cli\n"
        "cli(standalone_mode=False)\n"
        f"print('HEAVY', [name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, *([name] if name else [])], check=True, capture_output=True, text=True
    )
    assert run.stdout.splitlines()[-1] == "HEAVY []"


def test_an_error_of_ours_is_one_line_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @click.command()
    def fails() -> None:
        raise RecordError("100.hea: no signal file 100.dat beside it; download the record again")

    monkeypatch.setattr(main, "cli", lambda: fails(args=[], standalone_mode=True))
    with pytest.raises(SystemExit) as exit_:
        main.main()
    assert exit_.value.code == 2
    assert capsys.readouterr().err == "wardbeat: 100.hea: no signal file 100.dat beside it; download the record again\n"
