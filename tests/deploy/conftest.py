from pathlib import Path

import pytest

from tests.deploy.files import DEPLOY, check


@pytest.fixture(scope="session")
def secrets_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys and passwords as an operator makes them."""
    folder = tmp_path_factory.mktemp("installation") / "secrets"
    me = f"{folder.parent.stat().st_uid}:{folder.parent.stat().st_gid}"
    check("sh", DEPLOY / "make_secrets.sh", folder, NODE_ACCOUNT=me, BASE_ACCOUNT=me)
    return folder
