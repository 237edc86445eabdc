import socket
import struct

import pytest

from server.media.kernel_lists import NAME_BYTES, name_length, write_name


def test_an_ipv4_address_as_the_kernel_reads_it() -> None:
    name = write_name(("192.0.2.9", 0x1234))
    assert name[:8] == struct.pack("=H", socket.AF_INET) + b"\x12\x34\xc0\x00\x02\x09"
    assert name[8:] == bytes(NAME_BYTES - 8)
    assert name_length(socket.AF_INET) == 16


def test_an_ipv6_address_as_the_kernel_reads_it() -> None:
    name = write_name(("fe80::1%eth9", 0x1234, 5, 3))
    assert name[:8] == struct.pack("=H", socket.AF_INET6) + b"\x12\x34\0\0\0\5"
    assert name[8:24] == socket.inet_pton(socket.AF_INET6, "fe80::1")
    assert name[24:] == struct.pack("=I", 3) + bytes(4)
    assert name_length(socket.AF_INET6) == 28


@pytest.mark.parametrize("address", [("example.org", 5), ("", 5), ("::1", 5), ("192.0.2.1", 5, 0, 0)])
def test_what_is_no_numeric_address_of_its_family(address: tuple[str, int]) -> None:
    with pytest.raises(OSError, match="illegal"):
        write_name(address)
