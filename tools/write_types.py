"""Write web/src/wire.gen.ts from the server's structs. Run it after changing a message."""

import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
TARGET: Final = ROOT / "web" / "src" / "wire.gen.ts"


def main() -> int:
    """Write the file; the result is the exit code."""
    sys.path.insert(0, str(ROOT))
    from signaling.schema import write_types  # noqa: PLC0415 - the project's root must be on the path first

    TARGET.write_text(write_types(), encoding="utf-8", newline="\n")
    print(f"wrote {TARGET.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
