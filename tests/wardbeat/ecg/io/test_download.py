"""A database comes from a server file by file, each complete or not at all. A second run continues."""

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.support.records_on_disk import counting, write_record
from wardbeat.ecg.io.download import DownloadProgress, download_database
from wardbeat.ecg.io.records import find_records, open_record
from wardbeat.errors import DownloadError


class Handler(SimpleHTTPRequestHandler):
    """Serves a folder, keeps a list of the requested files, and breaks off in the middle of the ``broken`` ones."""

    asked: list[str]
    broken: set[str]

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self.asked.append(self.path.rsplit("/", 1)[-1])
        if self.asked[-1] in self.broken:
            self.send_response(200)
            self.send_header("Content-Length", "100000")
            self.end_headers()
            self.wfile.write(b"half of it")
            return
        super().do_GET()


class Mirror:
    """A database server on loopback."""

    def __init__(self, url: str, files: Path) -> None:
        self.url = url
        self.files = files

    def publish(self) -> None:
        """Write the sums of the files."""
        sums = [
            f"{hashlib.sha256(file.read_bytes()).hexdigest()} {file.relative_to(self.files)}\n"
            for file in sorted(self.files.rglob("*"))
            if file.is_file() and file.name != "SHA256SUMS.txt"
        ]
        (self.files / "SHA256SUMS.txt").write_text("".join(sums))


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    files = tmp_path / "server" / "tinydb" / "1.0.0"
    (files / "p1").mkdir(parents=True)
    write_record(files, counting(2, 500), name="100")
    write_record(files / "p1", counting(1, 500), name="200")
    for name in ("100.atr", "index.html", "LICENSE.txt"):
        (files / name).write_text(name)
    (files / "RECORDS").write_text("100\np1/200\n")
    Handler.asked, Handler.broken = [], set()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(tmp_path / "server"))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        mirror = Mirror(f"http://127.0.0.1:{server.server_port}", files)
        mirror.publish()
        yield mirror
        server.shutdown()
        thread.join()


def test_records_come_with_their_annotations_and_licence(mirror: Mirror, tmp_path: Path) -> None:
    out, seen = tmp_path / "out", list[DownloadProgress]()
    fetched = download_database("tinydb", out, base_url=mirror.url, on_progress=seen.append)
    files = {str(file.relative_to(out)) for file in out.rglob("*") if file.is_file()}
    assert files == {"100.hea", "100.dat", "100.atr", "p1/200.hea", "p1/200.dat", "RECORDS", "LICENSE.txt"}
    assert fetched == len(files) == seen[-1].done == seen[-1].total
    assert [open_record(path).name for path in find_records(out)] == ["100", "200"]
    assert all(file.stat().st_mode & 0o444 == 0o444 for file in out.rglob("*")), "every user may read them"


def test_a_second_run_fetches_only_what_is_missing_or_changed(mirror: Mirror, tmp_path: Path) -> None:
    out = tmp_path / "out"
    download_database("tinydb", out, base_url=mirror.url)
    (out / "100.dat").unlink()
    (out / "100.atr").write_text("spoiled")
    Handler.asked = []
    assert download_database("tinydb", out, base_url=mirror.url) == 2
    assert sorted(Handler.asked) == ["100.atr", "100.dat", "RECORDS", "SHA256SUMS.txt"]


def test_a_connection_that_breaks_leaves_no_half_file_and_can_go_on(mirror: Mirror, tmp_path: Path) -> None:
    out = tmp_path / "out"
    Handler.broken = {"200.dat"}
    with pytest.raises(DownloadError, match=r"200\.dat: (can't be reached|its SHA-256)"):
        download_database("tinydb", out, base_url=mirror.url)
    complete = {"100.atr", "100.dat", "100.hea", "LICENSE.txt"}
    assert {str(file.relative_to(out)) for file in out.rglob("*") if file.is_file()} == complete
    Handler.broken = set()
    assert download_database("tinydb", out, base_url=mirror.url) == 3  # 200.dat, 200.hea and RECORDS, which comes last


def test_a_file_that_is_not_what_was_published_is_refused(mirror: Mirror, tmp_path: Path) -> None:
    (mirror.files / "100.dat").write_bytes(b"something else")
    with pytest.raises(DownloadError, match=r"100\.dat: its SHA-256 is not the published one; run the same command"):
        download_database("tinydb", tmp_path / "out", base_url=mirror.url)
    assert not (tmp_path / "out" / "100.dat").exists()


def test_a_path_out_of_the_folder_is_refused(mirror: Mirror, tmp_path: Path) -> None:
    (mirror.files / "SHA256SUMS.txt").write_text(f"{'0' * 64} ../../evil.dat\n")
    with pytest.raises(DownloadError, match="names a file outside its folder"):
        download_database("tinydb", tmp_path / "out", base_url=mirror.url)


def test_no_such_database_no_network_no_sense(mirror: Mirror, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=r"the server answers 404 .*; check the name of the database"):
        download_database("nodb", tmp_path, base_url=mirror.url)
    with pytest.raises(DownloadError, match=r"can't be reached .*excerpts and --synthetic need no download"):
        download_database("mitdb", tmp_path, base_url="http://127.0.0.1:1")
    with pytest.raises(DownloadError, match=r"database '\.\./x': a name is small letters"):
        download_database("../x", tmp_path, base_url=mirror.url)
    with pytest.raises(DownloadError, match="an address begins with https"):
        download_database("mitdb", tmp_path, base_url="file:///etc")
