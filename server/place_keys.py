"""Keys of the place: of one node in its data directory; of a cluster derived from the key of all nodes."""

import secrets
from base64 import urlsafe_b64encode
from pathlib import Path

from server.cluster_key import ClusterKey
from server.config import Config
from server.config_sources import ConfigError
from server.devices import DeviceKeys
from server.reports import ReportSeal
from server.tickets import TicketOffice


def open_cluster_key(config: Config) -> ClusterKey:
    """Read the cluster's key.

    Raises:
        ConfigError: there is none, or it is not one.
    """
    file = config.cluster.key_file
    try:
        return ClusterKey.open(Path(file))
    except OSError as error:
        raise ConfigError(f"cluster.key_file: {file} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise ConfigError(f"cluster.key_file: {file} {error}") from None


def open_office(config: Config) -> TicketOffice:
    """Return what writes and reads tickets.

    Raises:
        ConfigError: the cluster's key cannot be used.
        OSError: the data directory cannot be read or written.
        ValueError: a file in it holds no key.
    """
    if config.cluster.is_on:
        return TicketOffice(_fernet_key(config, "tickets"))
    return TicketOffice.open(config.server.data_path)


def open_devices(config: Config) -> DeviceKeys:
    """Return what browsers are known by. Raises what `open_office` does."""
    if config.cluster.is_on:
        return DeviceKeys(open_cluster_key(config).derive("devices"))
    return DeviceKeys.open(config.server.data_path)


def open_seal(config: Config) -> ReportSeal:
    """Return what seals reports. Raises what `open_office` does."""
    if config.cluster.is_on:
        return ReportSeal(_fernet_key(config, "reports"))
    return ReportSeal.open(config.server.data_path)


def open_challenge_key(config: Config) -> bytes:
    """Return what challenges are sealed under: of one node alone they do not outlive the process.

    Raises:
        ConfigError: the cluster's key cannot be used.
    """
    if config.cluster.is_on:
        return open_cluster_key(config).derive("challenges")
    return secrets.token_bytes(32)


def _fernet_key(config: Config, purpose: str) -> bytes:
    return urlsafe_b64encode(open_cluster_key(config).derive(purpose))
