"""Uploads of the study page in a browser."""

import base64
from pathlib import Path
from typing import Final

from playwright.sync_api import FilePayload, Locator, Page

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
