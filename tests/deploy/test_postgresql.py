"""deploy/postgresql: PostgreSQL itself reads the settings, and makes the role and the database."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import asyncpg
import pytest

from server.store.sql_store import open_store
from tests.deploy.files import DEPLOY, run
from tests.server.store.clusters import cluster, programs

HERE: Final = DEPLOY / "postgresql"
SETTING: Final = re.compile(r"(?m)^(\w+) = ('?)([^'#\n]*?)\2\s*(?:#.*)?$")


def postgres() -> Path:
    found = programs()
    if found is None:
        pytest.skip("needs postgresql: see tools/system_packages.sh")
    return found


def settings() -> dict[str, str]:
    return {name: text.strip() for name, _, text in SETTING.findall((HERE / "postgresql.conf").read_text())}


def read_by_postgres(name: str, folder: Path) -> str:
    """Return a setting as PostgreSQL reads it, in its own unit."""
    answer = subprocess.run(
        [
            *(postgres() / "postgres", "-C", name, "-D", folder),
            *("-c", f"config_file={HERE / 'postgresql.conf'}"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip()


def test_postgresql_takes_every_setting(tmp_path: Path) -> None:
    assert len(settings()) > 20
    assert read_by_postgres("max_connections", tmp_path) == settings()["max_connections"]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("password_encryption", "scram-sha-256"),
        ("log_statement", "none"),
        ("log_min_error_statement", "panic"),
        ("log_parameter_max_length_on_error", "0"),
        ("log_connections", "off"),
    ],
)
def test_answers_are_kept_and_nothing_of_people_is_logged(tmp_path: Path, name: str, wanted: str) -> None:
    assert read_by_postgres(name, tmp_path) == wanted


def test_nobody_comes_in_without_a_password_but_the_machines_own_account() -> None:
    rules = [
        line.split()
        for line in (HERE / "pg_hba.conf").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    for rule in rules:
        assert rule[-1] == "scram-sha-256" or rule == ["local", "all", "postgres", "peer"], rule
    assert all(rule[2] == "lamplit" for rule in rules if rule[0] != "local")


async def test_the_first_start_makes_a_role_that_owns_its_database_alone(
    tmp_path: Path, secrets_folder: Path
) -> None:
    async with cluster(postgres()) as folder:
        admin = await asyncpg.connect(host=str(folder), user="lamplit", database="postgres")
        # The tests' server was made by a role of that name; here it is to be made anew, by another.
        await admin.execute("CREATE ROLE postgres SUPERUSER LOGIN")
        await admin.close()
        admin = await asyncpg.connect(host=str(folder), user="postgres", database="postgres")
        await admin.execute("ALTER ROLE lamplit RENAME TO first")
        password = tmp_path / "postgres.password"
        shutil.copy(secrets_folder / "postgres.password", password)
        said = run(
            *("sh", HERE / "make_database.sh"),
            PATH=f"{postgres()}:{os.environ['PATH']}",
            PGHOST=str(folder),
            LAMPLIT_PASSWORD_FILE=str(password),
        )
        assert said.returncode == 0, said.stdout
        role = await admin.fetchrow(
            "SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = 'lamplit'"
        )
        assert tuple(role) == (False, False, False)
        kept = await admin.fetchval("SELECT rolpassword FROM pg_authid WHERE rolname = 'lamplit'")
        assert kept.startswith("SCRAM-SHA-256$")
        await admin.close()
        # A node makes its tables there by itself.
        async with open_store(f"postgresql://lamplit@/lamplit?host={folder}", tmp_path) as store:
            assert await store.open_rooms() == ()


def test_a_password_file_for_the_nodes_names_the_same_password(secrets_folder: Path) -> None:
    password = (secrets_folder / "postgres.password").read_text()
    assert (secrets_folder / "pgpass").read_text() == f"*:*:lamplit:lamplit:{password}\n"
