#!/usr/bin/env bash
# Re-resolves both lock files from pyproject.toml. Needs `uv` on PATH; run it when a dependency changes.
set -euo pipefail
cd "$(dirname "$0")/.."
compile() { # output, further arguments
  local output=$1
  shift
  uv pip compile pyproject.toml requirements/build.in "$@" --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-emit-find-links --no-annotate --quiet \
    --custom-compile-command 'requirements/lock.sh' -o "$output"
}
compile requirements/runtime.lock
compile requirements/dev.lock --extra train --extra second-opinion --extra dev --constraint requirements/runtime.lock
