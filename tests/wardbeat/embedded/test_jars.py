import functools
import hashlib
import http.server
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from wardbeat.embedded import jars
from wardbeat.embedded.jars import ENDPOINT, STALE_AFTER_S, Lock, LockedJar, is_intact, kafka_jars, read_lock
from wardbeat.errors import DownloadError

CONTENT = b"the content of a jar in these tests" * 100
LOCK = Lock(
    "org.example:one:1.0+org.example:two:2.0",
    tuple(
        LockedJar(
            f"org.example:{name}:{version}", f"{name}-{version}.jar", len(CONTENT), hashlib.sha256(CONTENT).hexdigest()
        )
        for name, version in (("one", "1.0"), ("two", "2.0"))
    ),
)


class Repository(http.server.SimpleHTTPRequestHandler):
    """A Maven repository on loopback; it can announce more bytes than it sends."""

    announce_more_bytes = 0

    def send_header(self, keyword: str, value: str) -> None:
        if keyword == "Content-Length":
            value = str(int(value) + self.announce_more_bytes)
        super().send_header(keyword, value)

    def log_message(self, *_: object) -> None:
        pass


def publish(folder: Path, content: bytes = CONTENT) -> None:
    for jar in LOCK.jars:
        group, name, version = jar.coordinate.split(":")
        path = folder.joinpath(*group.split("."), name, version, jar.file)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@pytest.fixture
def remote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of the only remote repository that jgo knows; the user's own is empty."""
    folder = tmp_path / "remote"
    folder.mkdir()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Repository, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    use_repository(tmp_path, monkeypatch, f"http://127.0.0.1:{server.server_port}")
    yield folder
    server.shutdown()
    thread.join()
    server.server_close()


def use_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    config = tmp_path / "jgo.conf"
    config.write_text(f"[repositories]\ncentral = {address}\n")
    monkeypatch.setenv("JGO_CONFIG_FILE", str(config))
    monkeypatch.setenv("M2_REPO", str(tmp_path / "own"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def test_the_lock_pins_every_jar() -> None:
    lock = read_lock()
    assert lock.endpoint == ENDPOINT, "run python -m wardbeat.embedded.jars --lock"
    assert set(ENDPOINT.split("+")) <= {jar.coordinate for jar in lock.jars}
    assert len({jar.file for jar in lock.jars}) == len(lock.jars) > 40
    for jar in lock.jars:
        _, name, version = jar.coordinate.split(":")
        assert jar.file == f"{name}-{version}.jar"
        assert len(bytes.fromhex(jar.sha256)) == 32
        assert jar.bytes > 0


def test_the_cache_is_in_the_folder_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert jars.cache_folder() == tmp_path / "wardbeat" / "kafka-jars"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert jars.cache_folder() == Path.home() / ".cache" / "wardbeat" / "kafka-jars"


def test_jars_are_downloaded_once(remote: Path, cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    publish(remote)
    paths = kafka_jars(LOCK, cache)
    assert [path.read_bytes() for path in paths] == [CONTENT, CONTENT]
    assert "Downloading Apache Kafka" in capsys.readouterr().err
    publish(remote, b"no request comes for this one")
    assert kafka_jars(LOCK, cache) == paths
    assert capsys.readouterr().err == ""
    assert sorted(path.name for path in cache.iterdir()) == sorted(jar.file for jar in LOCK.jars)


def test_the_users_own_repository_comes_first(remote: Path, tmp_path: Path, cache: Path) -> None:
    publish(tmp_path / "own")
    assert all(path.read_bytes() == CONTENT for path in kafka_jars(LOCK, cache))


def test_a_jar_with_another_checksum_is_refused(remote: Path, cache: Path) -> None:
    publish(remote, CONTENT + b"and a little more")
    with pytest.raises(DownloadError, match=r"(one|two)-\d\.0\.jar: its sha256 must be [0-9a-f]{64}"):
        kafka_jars(LOCK, cache)
    assert list(cache.iterdir()) == []


def test_an_altered_jar_in_the_cache_is_downloaded_again(remote: Path, cache: Path) -> None:
    publish(remote)
    first, second = kafka_jars(LOCK, cache)
    first.write_bytes(b"altered")
    assert not is_intact(first, LOCK.jars[0])
    assert kafka_jars(LOCK, cache) == [first, second]
    assert first.read_bytes() == CONTENT


def test_an_altered_jar_is_never_used_offline(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_repository(tmp_path, monkeypatch, "http://127.0.0.1:1")
    cache.mkdir()
    for jar in LOCK.jars:
        (cache / jar.file).write_bytes(CONTENT)
    assert len(kafka_jars(LOCK, cache)) == 2
    (cache / LOCK.jars[0].file).write_bytes(b"altered")
    with pytest.raises(
        DownloadError, match=r"one-1\.0\.jar .* can't be downloaded \(Connection refused\); connect"
    ) as caught:
        kafka_jars(LOCK, cache)
    assert "\n" not in str(caught.value)


def test_a_download_that_breaks_off_leaves_nothing(remote: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(remote)
    monkeypatch.setattr(Repository, "announce_more_bytes", 10)
    with pytest.raises(DownloadError, match="can't be downloaded"):
        kafka_jars(LOCK, cache)
    assert list(cache.iterdir()) == []


def test_many_downloads_at_once_do_not_disturb_each_other(remote: Path, cache: Path) -> None:
    publish(remote)
    with ThreadPoolExecutor(6) as executor:
        answers = [executor.submit(kafka_jars, LOCK, cache) for _ in range(6)]
    assert all(is_intact(path, jar) for answer in answers for path, jar in zip(answer.result(), LOCK.jars, strict=True))


def test_the_files_of_a_killed_download_are_removed_later(remote: Path, cache: Path) -> None:
    publish(remote)
    old, young = cache / ".partial-old", cache / ".partial-young"
    for folder in (old, young):
        folder.mkdir(parents=True)
    long_ago_s = time.time() - 2 * STALE_AFTER_S
    os.utime(old, (long_ago_s, long_ago_s))
    kafka_jars(LOCK, cache)
    assert not old.exists()
    assert young.exists()
