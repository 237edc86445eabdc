"""`python -m server`: the same as the command `lamplit`."""

import sys

from server.cli import main

if __name__ == "__main__":
    sys.exit(main())
