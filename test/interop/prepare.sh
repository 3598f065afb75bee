#!/bin/sh
# Makes a virtual environment with the Python drivers that the interop run uses, once, below .cache/.
# Usage: test/interop/prepare.sh; prints the interpreter's path. Needs python3 with venv, and a package index.
set -eu
cd "$(dirname "$0")/../.."
home=.cache/interop-python
pins='psycopg[binary]==3.2.10 asyncpg==0.30.0'
if [ "$(cat "$home/pins" 2>/dev/null)" != "$pins" ]; then
  rm -rf "$home"
  mkdir -p .cache
  python3 -m venv "$home" >&2
  # shellcheck disable=SC2086
  "$home/bin/pip" install --quiet --disable-pip-version-check $pins >&2
  printf '%s' "$pins" >"$home/pins"
fi
echo "$PWD/$home/bin/python"
