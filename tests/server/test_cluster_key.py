from pathlib import Path

import pytest

from server.cluster_key import ClusterKey

SECRET = bytes(range(40))


def test_every_purpose_has_a_key_of_its_own_and_every_node_the_same() -> None:
    keys = {ClusterKey(SECRET).derive(purpose) for purpose in ("bus", "tickets", "devices")}
    assert len(keys) == 3
    assert all(len(key) == 32 for key in keys)
    assert ClusterKey(SECRET).derive("bus") in keys
    assert ClusterKey(SECRET[1:]).derive("bus") not in keys


def test_the_derivation_stays_what_it_is() -> None:
    # another value would lock every node of an older release out of the cluster
    assert ClusterKey(SECRET).derive("bus").hex().startswith(KNOWN_BUS_KEY)


KNOWN_BUS_KEY = "07a570c6fede4ab6"


@pytest.mark.parametrize(
    ("secret", "why"),
    [(b"", "32 random bytes"), (SECRET[:31], "32 random bytes"), (b"change me" * 9, "not random")],
)
def test_what_is_no_secret_is_refused(secret: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        ClusterKey(secret)


def test_the_file_is_read_whole_and_is_nobody_elses_business(tmp_path: Path) -> None:
    file = tmp_path / "cluster.key"
    file.write_bytes(SECRET)
    file.chmod(0o640)
    assert ClusterKey.open(file).derive("bus") == ClusterKey(SECRET).derive("bus")
    file.chmod(0o644)
    with pytest.raises(ValueError, match="everybody"):
        ClusterKey.open(file)


def test_a_large_file_is_no_key(tmp_path: Path) -> None:
    file = tmp_path / "cluster.key"
    file.write_bytes(SECRET * 200)
    file.chmod(0o600)
    with pytest.raises(ValueError, match="larger than"):
        ClusterKey.open(file)
    with pytest.raises(FileNotFoundError):
        ClusterKey.open(tmp_path / "nothing")
