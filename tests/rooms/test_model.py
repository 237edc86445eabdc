import pytest

from rooms.model import Member, Mutes, Record, Revision, empty_record
from rooms.roles import Role
from tests.rooms.story import MAYA


@pytest.mark.parametrize("by_self", [True, False])
@pytest.mark.parametrize("by_host", [True, False])
def test_a_member_is_open_only_where_nobody_objects(by_self: bool, by_host: bool) -> None:  # noqa: FBT001
    mutes = Mutes(by_self=by_self, by_host=by_host)
    member = Member(member_id=MAYA, name="Maya", role=Role.MEMBER, mutes=mutes, joined_ms=0)
    assert member.is_open is (not by_self and not by_host)


def test_a_newer_epoch_comes_after_any_seq() -> None:
    assert Revision(1, 999) < Revision(2, 0) < Revision(2, 1)


def test_a_record_begins_empty() -> None:
    record = empty_record(7)
    assert isinstance(record, Record)
    assert (record.revision, record.ruling_seq, record.room) == (Revision(7, 0), 0, None)
