from server.accounts.opaque import ALPHABET, SECRET_CHARS, draw_secret, draw_text, hash_secret


def test_secrets_are_long_and_never_the_same() -> None:
    drawn = {draw_secret() for _ in range(100)}
    assert len(drawn) == 100
    assert {len(one) for one in drawn} == {SECRET_CHARS}


def test_a_digest_is_32_bytes_of_any_text() -> None:
    assert hash_secret("a") == hash_secret("a") != hash_secret("b")
    assert {len(hash_secret(text)) for text in ("", "a", "\u00e4", "\ud800")} == {32}


def test_what_people_copy_has_no_letters_that_look_alike() -> None:
    text = draw_text(2_000)
    assert set(text) == set(ALPHABET)
    assert not set(text) & set("ilou")
