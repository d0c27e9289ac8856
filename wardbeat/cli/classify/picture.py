"""``wardbeat classify picture``: the class of the beat in each picture, one JSON object a line."""

import sys
from pathlib import Path

import click
import msgspec

from wardbeat.cli.values import SOURCE


@click.command(name="picture")
@click.option("--bundle", type=SOURCE, help="Picture bundle; without it, the shipped one.")
@click.argument("files", nargs=-1, required=True, type=SOURCE)
def command(bundle: Path | None, files: tuple[Path, ...]) -> None:
    """Classify pictures of single beats.

    Prints one JSON object a line, in the order of FILES: {"file", "class", "probabilities", "refused"}. A picture that
    shows no single beat, and a file that is no picture, has the class null and the reason in "refused". A file that
    can't be read is a line like this, too; then the exit code is 2 at the end.
    """
    from models.classify.picture import PictureClassifier
    from processors.classify.picture_answers import picture_row, refused_row
    from processors.classify.uploads import MOST_PICTURE_BYTES

    classifier = PictureClassifier.load(bundle)
    unread = 0
    for file in files:
        try:
            if file.stat().st_size > MOST_PICTURE_BYTES:
                row = refused_row(str(file), f"the file is larger than {MOST_PICTURE_BYTES // 1024**2} MB")
            else:
                row = picture_row(classifier, str(file), file.read_bytes())
        except OSError as error:
            unread += 1
            row = refused_row(str(file), f"can't be read: {error.strerror}")
        click.echo(msgspec.json.encode(row).decode())
    if unread:
        click.echo(f"wardbeat: {unread} of {len(files)} files can't be read; see their lines", err=True)
        sys.exit(2)
