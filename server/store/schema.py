"""Brings the tables of a database to the shape that this version knows; never back."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from server.ports import StoreError

_STEPS: Final = Path(__file__).with_name("migrations")
_LOCK: Final = 0x4C616D70  # any number: who takes the steps at the same time waits for the other


def bring_up_to_date(connection: Connection, up_to: str = "head") -> None:
    """Take all steps that are missing, within the connection's transaction; `up_to` is the last of them.

    Raises:
        StoreError: a newer version has made the tables.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
    config = Config()
    config.set_main_option("script_location", str(_STEPS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    steps = ScriptDirectory.from_config(config)
    known = {step.revision for step in steps.walk_revisions()}
    found = MigrationContext.configure(connection).get_current_revision()
    if found is not None and found not in known:
        raise StoreError(
            f"a newer version of Lamplit has used it (its tables are at {found}, this version knows them "
            f"up to {steps.get_current_head()}); install that version, or go back to a copy made before"
        )
    if found != steps.get_current_head():
        command.upgrade(config, up_to)
