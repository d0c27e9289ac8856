"""The journal of a replay: what it stores, and what it refuses."""

from pathlib import Path

import pytest

from producers.journal import NO_JOURNAL, Journal, JournalFile, new_journal
from wardbeat.errors import SettingsError


def test_a_journal_adds_up_the_delivered_chunks_of_all_runs(tmp_path: Path) -> None:
    path = tmp_path / "replay.json"
    journal = new_journal(5)
    JournalFile(path).write(journal, {"a": 2})
    first = JournalFile(path).read()
    assert first == Journal(journal.run_id, 5, {"a": 2})
    JournalFile(path).write(first, {"a": 3, "b": 1})
    assert JournalFile(path).read() == Journal(journal.run_id, 5, {"a": 5, "b": 1})
    assert [file.name for file in tmp_path.iterdir()] == ["replay.json"]


def test_each_replay_has_its_own_name() -> None:
    assert new_journal(5).run_id != new_journal(5).run_id
    assert new_journal(5).arrived == {}


def test_a_replay_that_has_ended_leaves_no_journal(tmp_path: Path) -> None:
    file = JournalFile(tmp_path / "replay.json")
    assert file.read() is None
    file.write(new_journal(5), {})
    file.remove()
    assert file.read() is None
    file.remove()  # removing it twice is no error


def test_without_a_path_nothing_is_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    NO_JOURNAL.write(new_journal(5), {"a": 1})
    assert NO_JOURNAL.read() is None
    NO_JOURNAL.remove()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["[1]", "", '{"run_id": "x"}', "\x00"])
def test_a_damaged_journal_is_refused_with_the_next_step(tmp_path: Path, content: str) -> None:
    path = tmp_path / "replay.json"
    path.write_text(content)
    with pytest.raises(SettingsError, match=r"--resume .*replay\.json: .*remove it to start from the beginning"):
        JournalFile(path).read()


def test_a_journal_that_can_not_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="can't be written"):
        JournalFile(tmp_path / "missing" / "replay.json").write(new_journal(5), {})


def test_an_interrupted_write_keeps_the_old_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = JournalFile(tmp_path / "replay.json")
    journal = new_journal(5)
    file.write(journal, {"a": 2})

    def interrupted(_self: Path, _data: bytes) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_bytes", interrupted)
    with pytest.raises(KeyboardInterrupt):
        file.write(journal, {"a": 9})
    monkeypatch.undo()
    assert file.read() == Journal(journal.run_id, 5, {"a": 2})
    assert [path.name for path in tmp_path.iterdir()] == ["replay.json"]
