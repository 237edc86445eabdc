from importlib.metadata import PackageNotFoundError
from unittest.mock import patch

from server.version import version


def test_the_number_is_that_of_what_is_installed() -> None:
    with patch("server.version.metadata.version", return_value="1.2.3") as asked:
        assert version() == "1.2.3"
    asked.assert_called_once_with("lamplit")


def test_a_checkout_has_no_number() -> None:
    with patch("server.version.metadata.version", side_effect=PackageNotFoundError):
        assert version() == ""
