from pathlib import Path

import pytest

from server.config import Config
from server.config_sources import ConfigError, Setting, find_file, load_config

EXAMPLE = Path(__file__).resolve().parents[2] / "lamplit.example.toml"


def write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "lamplit.toml"
    file.write_text(text, "utf-8")
    return file


def complaint(file: Path | None, environment: dict[str, str] | None = None, *flags: Setting) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(file, environment, flags)
    text = str(caught.value)
    assert "\n" not in text
    return text


ROOM = "[[rooms]]\nslug = 'a'\ntitle = 'A'\n"
SERIES = (
    "series = [{ every = 'TU', at = '07:00', minutes = 45, zone = 'UTC' },"
    "{ every = 'MO', at = '19:00', minutes = 60, zone = 'UTC' }]"
)


def test_without_sources_the_defaults_hold() -> None:
    assert load_config() == Config()


def test_the_example_file_says_every_key_with_its_default() -> None:
    assert load_config(EXAMPLE) == Config()
    text = EXAMPLE.read_text("utf-8")
    for section in (Config().server, Config().media, Config().limits, Config().logs, Config().metrics):
        for key in section.__struct_fields__:
            assert f"\n{key} = " in text


def test_later_sources_win_key_by_key(tmp_path: Path) -> None:
    file = write(tmp_path, "[server]\nport = 1001\nplace_name = 'Here'\n[media]\nudp_port = 1002\n")
    environment = {"LAMPLIT_SERVER__PORT": "2001", "LAMPLIT_MEDIA__UDP_PORT": "2002"}
    config = load_config(file, environment, [Setting("server.port", 3001, "--port")])
    assert (config.server.port, config.media.udp_port, config.server.place_name) == (3001, 2002, "Here")


def test_the_environment_writes_lists_with_commas_and_truth_in_words() -> None:
    config = load_config(
        None,
        {
            "LAMPLIT_SERVER__ORIGINS": "https://a.example, https://b.example",
            "LAMPLIT_SERVER__DEV_TLS": "false",
            "LAMPLIT_LOGS__FORMAT": "json",
            "LAMPLIT_METRICS__ALLOW": "",
            "LAMPLIT_CONFIG": "elsewhere.toml",
            "PATH": "/bin",
        },
    )
    assert config.server.origins == ("https://a.example", "https://b.example")
    assert config.logs.format == "json"
    assert config.metrics.allow == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "is empty"),
        ("prot = 1", "no setting prot"),
        ("port = 1", "no setting port; did you mean server.port?"),
        ("[server]\nprot = 1", "no setting server.prot; did you mean server.port?"),
        ("[sever]\nport = 1", "no setting sever; did you mean server?"),
        ("[server]\nport = '1'", "server.port must be a whole number, not text in quotes"),
        ("[server]\nport = true", "server.port must be a whole number, not true or false"),
        ("[server]\nport = 70000", "server.port must be 0 to 65535, not 70000"),
        ("[server]\nport = 1\nport = 2", "is not valid TOML"),
        ("[server]\norigins = [1]", "server.origins[1] must be text in quotes"),
        ("[logs]\nlevel = 'loud'", "logs.level must be one of debug, info, warning, error"),
        ("server = 3", "server must be a table"),
        ("rooms = 3", "rooms must be a list"),
        ("rooms = []", "rooms must hold at least one"),
        ("[[rooms]]\nslug = 'a'", "rooms[1] needs a title"),
        ("[[rooms]]\nslug = 'a'\ntitle = 'A'\n[[rooms]]\ntitel = 'B'", "did you mean rooms[2].title?"),
        ("[[rooms]]\nslug = 'A'\ntitle = 'A'", "rooms[1].slug must be lower-case"),
        (ROOM + SERIES.replace("MO", "mo"), "rooms[1].series[2].every: 'mo' is no weekday"),
        (ROOM + SERIES.replace("60", "0"), "rooms[1].series[2].minutes must be 1 to 1440, not 0"),
        (ROOM + SERIES.replace("zone", "zoen"), "rooms[1].series[1] has no setting zoen"),
        (ROOM + SERIES.replace(", minutes = 60", ""), "rooms[1].series[2] needs a minutes"),
        ("a = " + "[" * 50_000, "nested too deeply"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_one_sentence_with_file_key_and_remedy(
    tmp_path: Path, text: str, expected: str
) -> None:
    file = write(tmp_path, text)
    found = complaint(file)
    assert found.startswith(f"{file}: ")
    assert expected in found


def test_what_a_file_says_is_quoted_in_one_line_and_not_at_length(tmp_path: Path) -> None:
    assert r"no setting server.po\nrt;" in complaint(write(tmp_path, '[server]\n"po\\nrt" = 1'))
    assert len(complaint(write(tmp_path, f"[server]\n{'x' * 10_000} = 1"))) < 1_000


def test_a_file_of_windows_is_read(tmp_path: Path) -> None:
    file = tmp_path / "lamplit.toml"
    file.write_bytes(b"\xef\xbb\xbf[server]\r\nport = 1001\r\n")
    assert load_config(file).server.port == 1001


def test_files_that_are_no_text_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "lamplit.toml"
    assert "there is no such file" in complaint(file)
    file.write_bytes(b"[server]\nhost = '\xff'")
    assert "not UTF-8" in complaint(file)
    file.write_bytes(b"#" * (1024 * 1024 + 1))
    assert "larger than 1024 KiB" in complaint(file)
    file.unlink()
    file.mkdir()
    assert "cannot be read" in complaint(file)


@pytest.mark.parametrize(
    ("variable", "text", "expected"),
    [
        ("LAMPLIT_SERVER__PRT", "1", "did you mean LAMPLIT_SERVER__PORT?"),
        ("LAMPLIT_SERVER_PORT", "1", "did you mean LAMPLIT_SERVER__PORT?"),
        ("LAMPLIT_ROOMS__SLUG", "a", "there is no such setting"),
        ("LAMPLIT_SERVER__PORT", "many", "server.port must be a whole number, not 'many'"),
        ("LAMPLIT_SERVER__PORT", "70000", "server.port must be 0 to 65535, not 70000"),
        ("LAMPLIT_SERVER__DEV_TLS", "1", "server.dev_tls must be true or false, not '1'"),
        ("LAMPLIT_SERVER__TRUSTED_PROXIES", "me", "server.trusted_proxies: 'me' must be a network"),
    ],
)
def test_a_wrong_variable_is_named(variable: str, text: str, expected: str) -> None:
    found = complaint(None, {variable: text})
    assert found.startswith(f"{variable}: ")
    assert expected in found


def test_a_wrong_flag_is_named() -> None:
    found = complaint(None, {}, Setting("media.udp_port", 70_000, "--udp-port"))
    assert found == "--udp-port: media.udp_port must be 0 to 65535, not 70000"


def test_a_flag_meets_a_section_that_is_no_table(tmp_path: Path) -> None:
    found = complaint(write(tmp_path, "server = 3"), {}, Setting("server.port", 1, "--port"))
    assert "server must be a table" in found


def test_dev_tls_opens_to_the_network_unless_somebody_said_where() -> None:
    flag = Setting("server.dev_tls", value=True, source="--dev-tls")
    assert load_config(None, {}, [flag]).server.host == "0.0.0.0"  # noqa: S104 -- compared only
    assert load_config(None, {"LAMPLIT_SERVER__HOST": "127.0.0.1"}, [flag]).server.host == "127.0.0.1"


def test_the_file_is_the_one_asked_for_or_named_or_lying_there(tmp_path: Path) -> None:
    assert find_file(None, {}, tmp_path) is None
    here = write(tmp_path, "[server]\n")
    assert find_file(None, {}, tmp_path) == here
    assert find_file(None, {"LAMPLIT_CONFIG": "named.toml"}, tmp_path) == Path("named.toml")
    assert find_file(Path("asked.toml"), {"LAMPLIT_CONFIG": "named.toml"}, tmp_path) == Path("asked.toml")


def test_what_cannot_be_printed_makes_no_long_line() -> None:
    with pytest.raises(ConfigError) as raised:
        load_config(None, {"LAMPLIT_A__" + "\x00" * 400: "x"})
    assert len(str(raised.value)) < 1_000
    assert str(raised.value).isprintable()
