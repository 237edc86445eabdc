"""Put the built page into the wheel, building it first where it is missing or old.

An editable install gets no copy: a checkout serves web/dist itself. A source package carries its built page,
so that a wheel made from one needs no Node.
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# Where the page lies inside the wheel. server/http looks there when there is no web/dist beside it.
PAGE_IN_WHEEL = "server/http/page"


class PageBuildHook(BuildHookInterface[Any]):
    """Build the page before a wheel or source package is made."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the page and add it to what is packed. `version` is "standard" or "editable"."""
        if version == "editable":
            return
        root = Path(self.root)
        dist = root / "web" / "dist"
        is_unpacked_source_package = (root / "PKG-INFO").is_file()
        if not (is_unpacked_source_package and dist.is_dir()):
            built = subprocess.run([sys.executable, str(root / "tools" / "web_build.py")], check=False)
            if built.returncode != 0:
                raise SystemExit("The page could not be built, so nothing is packed; why is said above.")
        if self.target_name == "wheel":
            build_data["force_include"][str(dist)] = PAGE_IN_WHEEL
