from typing import get_args

import msgspec

from rooms.facts import ORDINARY_FACTS, ChatPosted, Commit, Fact, MemberReturned, is_ruling
from rooms.ids import MemberId

LINE = ChatPosted(member_id=MemberId(5), n=1, name="Maya", text="hi")


def test_facts_are_told_apart_by_type() -> None:
    tags = [kind.__struct_config__.tag for kind in get_args(Fact)]
    assert len(tags) == len(set(tags))
    assert None not in tags


def test_a_commit_survives_the_wire() -> None:
    commit = Commit(seq=1, at_ms=2, by=MemberId(5), n=1, fact=LINE)
    assert msgspec.json.decode(msgspec.json.encode(commit), type=Commit) == commit


def test_only_words_never_clash() -> None:
    assert not is_ruling(LINE)
    assert is_ruling(MemberReturned(member_id=MemberId(5)))
    assert {kind.__name__ for kind in ORDINARY_FACTS} == {
        "ChatPosted",
        "ChatRetracted",
        "ChatExpired",
        "ShareWritten",
        "CaptionWritten",
        "CaptionsExpired",
        "Reacted",
    }
