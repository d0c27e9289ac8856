#!/bin/sh
# What a container of Wardbeat starts with. numba reads compiled kernels only from where it may also write, and the
# root of a container may be read-only: so they are copied, 5 MB, to where it may.
set -eu
mkdir -p "$NUMBA_CACHE_DIR"
cp -R "${KERNELS:-/opt/wardbeat/kernels}/." "$NUMBA_CACHE_DIR"
exec wardbeat "$@"
