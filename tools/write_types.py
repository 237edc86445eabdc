"""Write web/src/*.gen.ts from the server's structs. Run it after changing a message."""

import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
SOURCE: Final = ROOT / "web" / "src"


def main() -> int:
    """Write the files; the result is the exit code."""
    sys.path.insert(0, str(ROOT))
    # The project's root must be on the path first.
    from server.accounts.group_messages import GROUP_ASKS, AnyGroupAnswer  # noqa: PLC0415
    from server.accounts.messages import ASKS, AnyAnswer  # noqa: PLC0415
    from server.operator_messages import OPERATOR_ASKS, OperatorAnswer  # noqa: PLC0415
    from signaling.schema import write_asks, write_types  # noqa: PLC0415

    texts = {
        "wire.gen.ts": write_types(),
        "host.gen.ts": write_asks("HostAsks", ASKS, AnyAnswer),
        "operator.gen.ts": write_asks("OperatorAsks", OPERATOR_ASKS, OperatorAnswer),
        "group.gen.ts": write_asks("GroupAsks", GROUP_ASKS, AnyGroupAnswer),
    }
    for name, text in texts.items():
        (SOURCE / name).write_text(text, encoding="utf-8", newline="\n")
        print(f"wrote {(SOURCE / name).relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
