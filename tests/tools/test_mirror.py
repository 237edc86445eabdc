"""Each module has one test file of the same name, at the same place under tests/."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PACKAGES: Final = ("rooms", "signaling", "server")

# Modules with no test file of their own, each with the reason.
UNMIRRORED: Final[dict[str, str]] = {
    "rooms/commands.py": "declares structs; each command is tested with its decision",
    "rooms/host_commands.py": "declares structs; each command is tested with its decision",
    "rooms/ids.py": "declares types; nothing in it runs",
    "rooms/live_facts.py": "declares structs; test_facts and test_change_live go through them",
    "rooms/limits.py": "declares numbers; each is tested where it binds",
    "rooms/refusals.py": "declares structs; each refusal is tested with the decision that gives it",
    "server/__main__.py": "one call; the test of the wheel and the browser tests start servers",
    "server/account_ports.py": "declares protocols; test_account_rows goes through what implements it",
    "server/accounts/group_desk.py": "test_host_api_groups sends each request, as every role",
    "server/accounts/group_holding.py": "as group_desk: how meetings are held; test_host_api_settings",
    "server/accounts/group_messages.py": "declares structs; test_host_api_groups sends and reads each",
    "server/accounts/group_order.py": "as group_desk: bans, invites and records",
    "server/accounts/group_roster.py": "as group_desk: who serves",
    "server/accounts/group_series.py": "as group_desk: meetings and shifts",
    "server/accounts/group_sheets.py": "as group_desk: run-sheets",
    "server/accounts/group_texts.py": "as group_desk: what its texts may be",
    "server/accounts/group_words.py": "as group_desk: the group and its rooms",
    "server/store/migrations/versions/m0004_acts.py": "as m0001",
    "server/store/migrations/versions/m0005_nodes.py": "as m0001",
    "server/accounts/messages.py": "declares structs; test_host_api sends and reads each",
    "server/http/front_view.py": "test_front_pages reads what it makes of rooms and meetings",
    "server/bus/cluster.py": "puts the parts together; test_backbone and test_redis_faults stand on it",
    "server/bus/counts.py": "counters; test_metrics and test_watching read them",
    "server/bus/directory_scripts.py": "scripts for Redis; test_directory runs each on a real one",
    "server/bus/keys.py": "names; test_redis_log and test_kubernetes go by them",
    "server/bus/scripts.py": "scripts for Redis; test_room_logs runs each on a real one",
    "server/group_ports.py": "declares protocols; each is tested through what implements it",
    "server/http/nonsense.py": "test_refusals and tests/hostile/test_http send what is no HTTP",
    "server/media/listener.py": "declares protocols; test_gcm_rows and test_session_rows go by it",
    "server/media/send_call.py": "test_senders sends by it to real sockets",
    "server/media/offers.py": "test_plane reads every offer",
    "server/operator_messages.py": "declares structs; test_operator_api sends and reads each",
    "server/ports.py": "declares protocols; each is tested through what implements it",
    "server/store/account_tables.py": "declares tables; test_schema compares them with what the steps make",
    "server/store/group_tables.py": "declares tables; test_schema compares them with what the steps make",
    "server/store/migrations/env.py": "run by Alembic alone; every test of the store goes through it",
    "server/store/migrations/versions/m0001_rooms.py": "test_schema compares what it makes with the tables",
    "server/store/migrations/versions/m0002_groups.py": "as m0001; test_schema carries rows over",
    "server/store/migrations/versions/m0003_accounts.py": "as m0001",
    "server/store/tables.py": "declares tables; test_schema compares them with what the steps make",
}


def modules() -> list[str]:
    """Return every module's path, but for package files, which hold no code."""
    paths = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return sorted(path.relative_to(ROOT).as_posix() for path in paths if path.name != "__init__.py")


def mirror_of(module: str) -> Path:
    """Return where a module's test file belongs."""
    path = Path(module)
    return Path("tests") / path.parent / f"test_{path.name}"


def test_every_module_has_its_test_file() -> None:
    untested = [module for module in modules() if not (ROOT / mirror_of(module)).is_file()]
    assert sorted(set(untested) - set(UNMIRRORED)) == []


def test_the_list_of_exceptions_holds_only_exceptions() -> None:
    untested = [module for module in modules() if not (ROOT / mirror_of(module)).is_file()]
    assert sorted(set(UNMIRRORED) - set(untested)) == []
