from server.media.stun import BindingCheck, has_integrity, read_check, write_success
from tests.bots.checks import draw_transaction, read_success, write_check

PWD = b"abcdefghijklmnopqrstuvwx"


def test_the_server_reads_a_bot_s_check_and_the_bot_its_answer() -> None:
    transaction = draw_transaction()
    check = read_check(write_check(transaction, "ours:theirs", PWD, bytes(8)))
    assert isinstance(check, BindingCheck)
    assert check.nominated
    assert check.ufrag == "ours"
    assert has_integrity(check, PWD)
    answer = write_success(check, "127.0.0.1", 5_000, PWD)
    assert read_success(answer, PWD) == transaction


def test_an_answer_signed_with_another_password_is_none() -> None:
    check = read_check(write_check(draw_transaction(), "ours:theirs", PWD, bytes(8)))
    assert isinstance(check, BindingCheck)
    assert read_success(write_success(check, "127.0.0.1", 5_000, b"another"), PWD) is None
    assert read_success(b"\x01\x01", PWD) is None
