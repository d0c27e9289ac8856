"""A dashboard for the study page, and uploads of this page in a browser."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import FilePayload, Locator, Page

from tests.support.limits import WAIT_S
from wardbeat.embedded.processes import Child, free_ports, wait_until, wardbeat

_DROP: Final = """async (zone, files) => {
  const dataTransfer = new DataTransfer();
  for (const { name, type, base64, padding } of files) {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    dataTransfer.items.add(new File([bytes, new Uint8Array(padding)], name, { type }));
  }
  for (const kind of ["dragenter", "dragover", "drop"]) {
    zone.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer }));
    await new Promise((next) => setTimeout(next, 50));  // a hand is slower; the page sees each event by itself
  }
}"""


@contextmanager
def dashboard_that_asks(classify_url: str, folder: Path) -> Iterator[str]:
    """A dashboard process that asks this classify service; gives its address. The study page needs no Redis."""
    (port,) = free_ports(1)
    environment = {"WARDBEAT_REDIS_URL": "redis://127.0.0.1:1/0", "WARDBEAT_CLASSIFY_URL": classify_url}
    with Child("dashboard", wardbeat("dashboard", "--port", str(port)), folder, environment=environment) as child:
        address = f"http://127.0.0.1:{port}/"
        wait_until("it prints its address", lambda: address in child.out.read_text(), WAIT_S, [child])
        yield address


def file_of(name: str, content: bytes, kind: str = "application/octet-stream") -> FilePayload:
    """A file for Playwright."""
    return FilePayload(name=name, mimeType=kind, buffer=content)


def choose(page: Page, *files: FilePayload | Path) -> Locator:
    """Choose files by the file dialog; gives the place of the answer. Large files are given by their path."""
    page.locator("#study-drop input[type=file]").set_input_files(list(files))  # type: ignore[arg-type]  # no list of both
    return page.locator("#study-answer")


def drop(page: Page, *files: FilePayload, padding: int = 0) -> Locator:
    """Drop files on the page, each with ``padding`` zero bytes at its end; gives the place of the answer."""
    dropped = [
        {
            "name": file["name"],
            "type": file["mimeType"],
            "base64": base64.b64encode(file["buffer"]).decode(),
            "padding": padding,
        }
        for file in files
    ]
    page.locator("#study-files .drop").evaluate(_DROP, dropped)
    return page.locator("#study-answer")
