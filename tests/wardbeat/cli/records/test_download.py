"""``wardbeat records download``."""

from pathlib import Path

from tests.support.command_line import CommandLine


def test_download_without_a_network_names_the_alternatives(wardbeat: CommandLine, tmp_path: Path) -> None:
    result = wardbeat("records", "download", "mitdb", "--to", tmp_path / "out", "--mirror", "http://127.0.0.1:1")
    assert result.code == 2
    assert len(result.err.splitlines()) == 1
    assert "shipped excerpts and --synthetic need no download" in result.err
    assert not (tmp_path / "out").exists()
