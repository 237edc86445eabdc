#!/bin/sh
# Print a Python that can run Lamplit: 3.11 or newer, and able to make virtual environments.
# PYTHON, if set, is the only one tried.
new_enough='import sys; sys.exit(sys.version_info < (3, 11))'
complete='import ensurepip, venv'
old=''
for name in ${PYTHON:-python3.13 python3.12 python3.11 python3 python}; do
    # A launcher may exist with nothing behind it, so each is asked and not only looked up.
    "$name" -c "$new_enough" 2>/dev/null || continue
    if "$name" -c "$complete" 2>/dev/null; then
        command -v "$name"
        exit 0
    fi
    [ -n "$old" ] || old=$name
done
if [ -n "$old" ]; then
    echo "setup: $old came without venv and ensurepip. On Debian and Ubuntu: apt-get install python3-venv" >&2
else
    echo "setup: no Python 3.11 or newer was found${PYTHON:+ at $PYTHON}." \
        "Install one, or name it: make PYTHON=/path/to/python3.11 run" >&2
fi
exit 1
