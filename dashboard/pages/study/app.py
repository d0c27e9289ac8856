"""The Dash application of ``/study``: a page of Dash Pages, apart from the application of the ward's pages.

It has its own scripts, styles and callbacks, so that the ward's pages load none of them (ADR 027).
"""

from collections.abc import Iterable
from typing import Final

import dash
from dash import Dash, html
from fastapi import FastAPI
from starlette.responses import RedirectResponse

from dashboard.classify_client import ClassifyClient
from dashboard.pages.study import page

PATH: Final = "/study/"
UPLOADS: Final = f"{PATH}_dash-update-component"
"""The route by which Dash's callbacks send files."""

_INDEX = """<!DOCTYPE html>
<html lang="en">
  <head>
    {%metas%}
    <title>{%title%}</title>
    <link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/assets/base.css">
    <link rel="stylesheet" href="/assets/study.css">
    {%css%}
    <script src="/assets/study.js"></script>
  </head>
  <body data-page="study">
    <noscript>This page needs JavaScript.</noscript>
    {%app_entry%}
    {%config%}
    {%scripts%}
    {%renderer%}
  </body>
</html>"""


class StudyApp:
    """The application of ``/study`` on the dashboard's server.

    Create it before the ward's Dash application, because that one answers every path that has no other route.

    Parameters
    ----------
    app : FastAPI
    classify : ClassifyClient
    """

    def __init__(self, app: FastAPI, classify: ClassifyClient) -> None:
        app.add_api_route(PATH.rstrip("/"), _to_page, methods=["GET"], include_in_schema=False)
        self._dash = Dash(
            __name__,
            server=app,  # type: ignore[arg-type]  # Dash's types know only Flask
            backend="fastapi",
            url_base_pathname=PATH,
            use_pages=True,
            pages_folder="",  # the page is registered below; Dash would import every file of a folder
            include_pages_meta=False,  # for social networks
            assets_folder="",
            include_assets_files=False,
            index_string=_INDEX,
            title=page.TITLE,
            update_title="",
            serve_locally=True,
            add_log_handler=False,
            meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
        )
        # No callback of ours uses Dash's WebSocket. Without this line the page would open one.
        self._dash.backend.websocket_capability = False
        dash.register_page("study", path="/", title=page.TITLE, layout=page.layout)  # type: ignore[no-untyped-call]
        self._dash.layout = html.Div([page.bar(), dash.page_container], id="wardbeat")
        page.register(self._dash, classify)

    def script_hashes(self) -> Iterable[str]:
        """The hashes of the inline scripts of the page. Dash Pages adds its own at the first request."""
        hashes: Iterable[str] = self._dash.csp_hashes()
        return hashes


async def _to_page() -> RedirectResponse:
    return RedirectResponse(PATH)
