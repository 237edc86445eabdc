from msgspec.structs import replace

from rooms.model import Revision
from server.room_replica import RoomReplica
from tests.rooms.story import peopled_story


def _replica_after(commits: int) -> RoomReplica:
    story = peopled_story()
    replica = RoomReplica(type(story)().record)
    replica.take(story.record.revision.epoch, tuple(story.log[:commits]))
    return replica


def test_it_applies_what_follows_and_passes_over_what_it_has() -> None:
    story = peopled_story()
    replica = _replica_after(2)
    taken = replica.take(story.record.revision.epoch, tuple(story.log))
    assert taken == tuple(story.log[2:])
    assert replica.record == story.record
    assert replica.take(story.record.revision.epoch, tuple(story.log)) == ()
    assert not replica.has_hole


def test_a_hole_is_noticed_and_nothing_after_it_is_applied() -> None:
    story = peopled_story()
    replica = _replica_after(1)
    assert replica.take(story.record.revision.epoch, tuple(story.log[2:])) == ()
    assert replica.has_hole
    assert replica.revision.seq == 1


def test_a_newer_epoch_is_a_hole_and_an_older_one_is_nothing() -> None:
    story = peopled_story()
    replica = _replica_after(1)
    epoch = story.record.revision.epoch
    assert replica.take(epoch - 1, tuple(story.log)) == ()
    assert not replica.has_hole
    assert replica.take(epoch + 1, tuple(story.log)) == ()
    assert replica.has_hole
    replica.take(epoch - 1, ())
    assert replica.has_hole


def test_replacing_only_goes_forward() -> None:
    story = peopled_story()
    replica = _replica_after(1)
    replica.take(story.record.revision.epoch + 1, ())
    assert replica.replace(story.record)
    assert replica.record == story.record
    assert replica.has_hole  # it may have come after the record was read: its owner says when it is mended
    assert not replica.replace(story.record)
    newer = replace(story.record, revision=Revision(story.record.revision.epoch + 1, 1))
    assert replica.replace(newer)
