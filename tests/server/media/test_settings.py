import msgspec
import pytest

from server.media.settings import MediaSettings


def test_the_defaults_are_a_server_for_everybody() -> None:
    settings = MediaSettings()

    assert settings.ptime_ms == 20
    assert settings.max_bitrate_bps == 32_000
    assert settings.expiry_ms == 30_000


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"udp_host4": "", "udp_host6": ""}, "udp_host4"),
        ({"udp_port": 65_536}, "udp_port"),
        ({"udp_port": -1}, "udp_port"),
        ({"ptime_ms": 10}, "ptime_ms"),
        ({"max_bitrate_bps": 1_000}, "max_bitrate_bps"),
        ({"expiry_ms": 0}, "expiry_ms"),
        ({"sending_threads": -1}, "sending_threads"),
        ({"sending_threads": 5}, "sending_threads"),
    ],
)
def test_a_wrong_setting_is_named(wrong: dict[str, object], word: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=word):
        msgspec.convert(wrong, MediaSettings)


def test_unknown_keys_are_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="udp_prot"):
        msgspec.convert({"udp_prot": 1}, MediaSettings)
