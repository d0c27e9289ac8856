"""Makes certificates for a test with openssl."""

import subprocess
from pathlib import Path
from typing import NamedTuple

from tests.support.limits import WAIT_S

KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc"]


class Certificate(NamedTuple):
    """PEM files; ``both`` holds the key and then the certificate, the order that Kafka needs."""

    certificate: Path
    key: Path

    @property
    def both(self) -> Path:
        return self.key.with_suffix(".both")


def make_authority(folder: Path, name: str) -> Certificate:
    """A new authority, which no program trusts by default."""
    return _make(folder, name, ["-addext", "keyUsage=critical,keyCertSign"])


def make_certificate(folder: Path, name: str, by: Certificate) -> Certificate:
    """A certificate for servers on loopback, or for a client."""
    extensions = ["basicConstraints=critical,CA:FALSE", "subjectAltName=IP:127.0.0.1"]
    signed = [part for extension in extensions for part in ("-addext", extension)]
    return _make(folder, name, ["-CA", str(by.certificate), "-CAkey", str(by.key), *signed])


def _make(folder: Path, name: str, options: list[str]) -> Certificate:
    made = Certificate(folder / f"{name}.pem", folder / f"{name}.key")
    names = ["-subj", f"/CN={name}", "-days", "2", "-keyout", str(made.key), "-out", str(made.certificate)]
    command = ["openssl", "req", "-x509", *KEY, *names, *options]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=WAIT_S)
    assert done.returncode == 0, done.stderr
    made.both.touch(mode=0o600)
    made.both.write_text(made.key.read_text() + made.certificate.read_text())
    return made
