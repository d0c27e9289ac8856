"""The upload page: what it shows, and the callback that asks the classify service."""

import asyncio
import base64
import binascii
from collections.abc import Sequence
from typing import Any, Final

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from dashboard.classify_client import ClassifyClient, UploadedFile
from dashboard.pages.study import picture_answer, record_answer
from dashboard.pages.study.parts import refusal
from wardbeat.errors import ClassifyError

TITLE: Final = "Study – Wardbeat"
MAX_UPLOAD_BYTES: Final = 20 * 1024 * 1024
"""All files of an upload together: a photograph has 3 to 8 MB, a record of 2 leads has 4 MB an hour."""
RECORD_SUFFIXES: Final = (".hea", ".dat", ".atr", ".edf", ".csv")
"""Files with these names are sent as a record, every other file as a picture. The service looks at their content."""
_PART: Final = 4 * 65_536
"""Letters of base64, a multiple of four; about 1 ms."""
LIMITS: Final = {
    "A premature atrial beat looks like a normal one.": (
        "In a picture of one beat they can't be told apart: a premature atrial beat comes early, and the picture does "
        "not show when the beat before it came. So “normal” does not exclude it."
    ),
    "The networks know few patients.": (
        "They were fitted on public databases. For a new patient they are wrong more often. A probability states how "
        "sure the network is, not how often it is right."
    ),
    "They know their own categories only.": "Any other finding gets the category that looks most like it.",
}
"""What the page can't know, each with its reason. All of it is always shown."""


def bar() -> Component:
    """The bar at the top."""
    return html.Header(
        [
            html.A("Wardbeat", href="/", className="brand"),
            html.Span("Study"),
            html.Strong("Not a medical device", className="disclaimer"),
            html.A("To the ward", href="/", className="to-ward"),
        ],
        id="bar",
    )


def layout() -> Component:
    """The upload, what the page can't know, and places for the answer."""
    return html.Main(
        [
            html.H1("Ask the networks about an ECG"),
            html.Div(_upload(), id="study-drop", **{"data-max-bytes": MAX_UPLOAD_BYTES}),  # type: ignore[arg-type]
            html.Div(
                [
                    html.Label("Sampling rate, only for a CSV without a column of times", htmlFor="study-fs"),
                    dcc.Input(id="study-fs", type="number", min=1, max=10_000, debounce=False, placeholder="Hz"),
                ],
                className="rate-of-csv",
            ),
            dcc.Store(id="study-sent"),
            html.P("Asking the classify service …", id="study-busy", role="status", hidden=True),
            html.Div(
                [
                    html.Div(id="study-answer", role="status"),
                    html.Section(picture_answer.frame(), id="study-picture-frame", hidden=True),
                ],
                id="study-answers",
            ),
            html.Section(
                [
                    html.H2("What this page can't know"),
                    html.Ul([html.Li([html.B(what), " ", why]) for what, why in LIMITS.items()]),
                ],
                id="study-limits",
            ),
        ],
        id="study",
    )


def register(app: Dash, classify: ClassifyClient) -> None:
    """Add the callbacks of the page to a Dash app."""
    # The upload is emptied, so that the same file can be sent again.
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("study", "take"),
        Output("study-sent", "data"),
        Output("study-files", "contents"),
        Input("study-files", "contents"),
        State("study-files", "filename"),
        prevent_initial_call=True,
    )
    # The browser shows its own copy of the picture: no server sends it back. A refused picture is not even decoded: it
    # may be one that takes gigabytes.
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("study", "picture"),
        Output("study-picture", "src"),
        Input("study-picture-frame", "hidden"),
        State("study-sent", "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("study", "toggle"),
        Output("study-saliency-layer", "hidden"),
        Input("study-show-saliency", "value"),
    )

    @app.callback(
        Output("study-answer", "children"),
        Output("study-picture-frame", "hidden"),
        Output("study-saliency", "figure"),
        Output("study-saliency-choice", "hidden"),
        Input("study-sent", "data"),
        State("study-fs", "value"),
        running=[
            (Output("study-busy", "hidden"), False, True),
            (Output("study-answers", "hidden"), True, False),
            (Output("study-files", "disabled"), True, False),
        ],
        prevent_initial_call=True,
    )
    async def answer(sent: dict[str, list[str]], fs_hz: float | None) -> tuple[Component, bool, Any, bool]:
        names = sent["names"]
        try:
            return await _ask(classify, await asyncio.to_thread(read_upload, sent["contents"], names), fs_hz)
        except ClassifyError as error:
            return refusal(", ".join(names), str(error)), True, no_update, True


async def _ask(
    classify: ClassifyClient, files: Sequence[UploadedFile], fs_hz: float | None
) -> tuple[Component, bool, Any, bool]:
    """The answer, whether the picture stays hidden, the saliency map, and whether its switch stays hidden."""
    # Figures are made in a thread: twelve leads take Plotly half a second, and the screens get their ECG meanwhile.
    if len(files) > 1 or files[0].name.lower().endswith(RECORD_SUFFIXES):
        record = await classify.record(files, fs_hz)
        return await asyncio.to_thread(record_answer.panel, record), True, no_update, True
    picture = await classify.picture(files[0])
    figure = await asyncio.to_thread(picture_answer.saliency_figure, picture)
    return picture_answer.panel(picture), picture.beat is None, figure, not picture.saliency


def read_upload(contents: Sequence[str], names: Sequence[str]) -> list[UploadedFile]:
    """The files of an upload, from the data URLs of ``dcc.Upload``.

    Raises
    ------
    ClassifyError
        If the upload is no list of data URLs, or too large.
    """
    try:
        files = [UploadedFile(name, _decoded(url)) for url, name in zip(contents, names, strict=True)]
    except (ValueError, binascii.Error) as error:
        raise ClassifyError("The upload arrived damaged. Send it again.") from error
    size_bytes = sum(len(file.content) for file in files)
    if size_bytes > MAX_UPLOAD_BYTES:
        raise ClassifyError(f"At most {MAX_UPLOAD_BYTES >> 20} MB together, {size_bytes / 2**20:.1f} MB given.")
    pictures = [file.name for file in files if not file.name.lower().endswith(RECORD_SUFFIXES)]
    if pictures and len(files) > 1:
        raise ClassifyError(
            f"Only the files of one record go together, and {pictures[0]} is none of them. Send one picture at a time."
        )
    return files


def _decoded(url: str) -> bytes:
    """The content of a data URL, decoded part by part: the server of the ward's screens has its turn between them."""
    begin = url.index(",") + 1
    parts = (url[at : at + _PART] for at in range(begin, len(url), _PART))
    return b"".join(base64.b64decode(part, validate=True) for part in parts)


def _upload() -> Component:
    return dcc.Upload(
        [
            # A button, because it takes the keyboard; its click reaches the upload around it.
            html.Button("Choose a file", type="button", id="study-choose"),
            html.P("or drop it here", className="drop-hint"),
            html.Ul(
                [
                    html.Li([html.B("Picture"), " of one beat, or a photograph of it: PNG, JPEG and others"]),
                    html.Li([html.B("Record"), " of 1 to 12 leads: WFDB (.hea and .dat together), EDF+ or CSV"]),
                    html.Li(f"At most {MAX_UPLOAD_BYTES >> 20} MB. Nothing is kept after the answer."),
                ],
                className="quiet",
            ),
        ],
        id="study-files",
        multiple=True,
        className="drop",
        className_active="over",
        className_reject="over",
        className_disabled="busy",
        style_active={},
        style_reject={},
        style_disabled={},
    )
