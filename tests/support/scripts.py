"""A page in a browser that can import the dashboard's scripts and nothing else."""

import functools
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page

from dashboard.server import ASSETS


@contextmanager
def scripts_page(browser: Browser) -> Iterator[Page]:
    """A page served from the folder of the dashboard's scripts. Its document has a body."""
    handler = functools.partial(_QuietHandler, directory=str(ASSETS))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/words.js")  # plain text, shown in a document that has a body
        yield page
        page.close()
        server.shutdown()


class _QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name in the base class
        pass
