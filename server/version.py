"""Which release this is."""

from importlib import metadata


def version() -> str:
    """Return the release's number; empty in a checkout that is not installed."""
    try:
        return metadata.version("lamplit")
    except metadata.PackageNotFoundError:
        return ""
