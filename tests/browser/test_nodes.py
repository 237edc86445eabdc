"""Several nodes are one place: a page hears across them, and outlives any of them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

import msgspec
import pytest

from tests.browser.access import axe, clipped, overflow, small_targets
from tests.browser.chrome import PHONE, ChromeTab
from tests.browser.clustered import TALK, Front, running_front
from tests.browser.conftest import OpenChrome
from tests.browser.person import WORDS, Person
from tests.browser.polling import until
from tests.browser.served import ROOT
from tests.browser.sound import hears, listen, silent
from tests.browser.tab import texts
from tests.browser.test_coming_back import forgive_absence

GAP_MAX_MS: Final = 200
KILLED_BACK_S: Final = 10  # 5 s is what bots are promised; a page's browser shares two cores with all of this
OPERATOR: Final[dict[str, str]] = msgspec.json.decode(
    (ROOT / "web" / "locales" / "en.operator.json").read_bytes(), type=dict[str, str]
)
AUDIBLE_DB: Final = -40
HALF_TYPED: Final = "I wanted to say"

Someone = Person[ChromeTab]
Seated = Callable[..., Awaitable[Someone]]


class Gap(msgspec.Struct, frozen=True):
    """The longest silence in what a page played, and how much of it was not looked at, in ms."""

    gap_ms: int
    unseen_ms: int


@pytest.fixture
async def front(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> AsyncIterator[Front]:
    """Two nodes, or as many as the test says."""
    count = getattr(request, "param", 2)
    async with running_front(tmp_path_factory.mktemp("front"), count) as running:
        yield running


@pytest.fixture
def seated(front: Front, chrome: OpenChrome) -> Seated:  # in this order: pages close before nodes
    """Seat somebody at a node (by its number), in a Chromium tab (arguments of `open_tab`)."""

    async def sit(name: str, number: int, *, is_host: bool = False, **tab: object) -> Someone:
        person = Person(await chrome(**tab), front, TALK)
        with front.only(number):
            await (person.join_as_host(name) if is_host else person.join(name))
        return person

    return sit


async def start_meter(person: Someone) -> None:
    await person.tab.call("() => window.watch.startGap()")


async def gap_of(person: Someone) -> Gap:
    """Stop the meter that `start_meter` started."""
    return msgspec.convert(await person.tab.call("() => window.watch.stopGap()"), Gap)


async def notices(person: Someone) -> list[str]:
    """What the strip below the header says just now."""
    return await texts(
        person.tab, "() => [...document.querySelectorAll('main .note')].map((one) => one.innerText.trim())"
    )


async def until_notice(person: Someone, words: str, *, within_s: float = 10.0) -> None:
    async def is_there() -> bool:
        return any(words in notice for notice in await notices(person))

    await until(is_there, f"{person.name} reads {words!r}", within_s=within_s)


async def until_no_notice(person: Someone, words: str, *, within_s: float = 10.0) -> None:
    async def is_gone() -> bool:
        return not any(words in notice for notice in await notices(person))

    await until(is_gone, f"{person.name} reads {words!r} no more", within_s=within_s)


async def until_line(person: Someone, line: str, *, within_s: float = 10.0) -> None:
    async def is_there() -> bool:
        return line in await person.lines()

    await until(is_there, f"{person.name} sees the line {line!r}", within_s=within_s)


async def write_half(person: Someone) -> None:
    """Leave the focus in the chat's field, in the middle of a sentence."""
    await person.tab.fill(WORDS["chat.label"], HALF_TYPED)
    await person.tab.call("() => document.querySelector('textarea').focus()")


async def is_where_it_was(person: Someone) -> bool:
    return bool(
        await person.tab.call(
            "(text) => document.activeElement?.matches('textarea') && document.activeElement.value === text",
            HALF_TYPED,
        )
    )


async def until_said(person: Someone, words: str) -> None:
    """At most one polite message is said every two seconds."""

    async def is_said() -> bool:
        return words in await person.said()

    await until(is_said, f"{person.name}'s screen reader says {words!r}")


async def said_since(person: Someone, count: int) -> list[str]:
    return (await person.said())[count:]


@pytest.mark.timeout(90)
async def test_a_drained_node_is_not_noticed(
    seated: Seated, front: Front, record_property: Callable[[str, object], None]
) -> None:
    ann = await seated("Ann", 1, tone_hz=440)
    ben = await seated("Ben", 2, tone_hz=1000)
    await ann.turn_microphone_on()
    await hears(ben.tab, 440)
    await ben.turn_microphone_on()
    await hears(ann.tab, 1000)
    await ben.turn_microphone_off()
    await ben.tab.call("() => window.watch.setGain(0)")  # or the page says that nobody hears it
    await ben.write("before")
    await until_line(ann, "before")
    await write_half(ben)
    before = await notices(ben)
    seat, anns, bens = ben.tab.wire.seat(), len(await ann.said()), len(await ben.said())
    await start_meter(ben)
    await front.nodes[1].stop()

    await ann.write("after")
    await until_line(ben, "after")
    await hears(ben.tab, 440)
    gap = await gap_of(ben)
    record_property("gap_ms", gap.gap_ms)
    assert gap.unseen_ms == 0
    assert gap.gap_ms <= GAP_MAX_MS
    assert ben.tab.wire.answers("joined", "resumed")[-1]["type"] == "resumed"
    assert ben.tab.wire.seat() == seat
    assert not ben.tab.wire.events("ended")
    assert await is_where_it_was(ben)
    assert sorted(await ann.people()) == sorted(await ben.people()) == ["Ann", "Ben"]
    assert await notices(ben) == before
    assert await said_since(ann, anns) == []
    assert await said_since(ben, bens) == [WORDS["chat.said_one"].format(name="Ann")]
    forgive_absence(ben)


@pytest.mark.long
@pytest.mark.timeout(120)
@pytest.mark.parametrize("is_late", [False, True], ids=["others at hand", "others late"])
async def test_a_killed_node_costs_seconds_and_no_seat(
    seated: Seated, front: Front, record_property: Callable[[str, object], None], *, is_late: bool
) -> None:
    """Where another node is at hand the break is over before there is anything to say of it."""
    ann = await seated("Ann", 1, tone_hz=440)
    ben = await seated("Ben", 2, microphone=False)
    await ann.turn_microphone_on()
    await hears(ben.tab, 440)
    await ben.write("before")
    await until_line(ann, "before")
    await write_half(ben)
    seat, anns, bens = ben.tab.wire.seat(), len(await ann.said()), len(await ben.said())
    await start_meter(ben)
    if is_late:
        with front.only(2):
            await front.nodes[1].kill()
            await until_notice(ben, WORDS["sound.lost"])
            assert await ben.tab.find("button", WORDS["room.leave"]).is_visible()
            assert await is_where_it_was(ben)
        await until_no_notice(ben, WORDS["sound.lost"], within_s=KILLED_BACK_S)
    else:
        await front.nodes[1].kill()
        await silent(ben.tab, for_s=0)
    await hears(ben.tab, 440, within_s=KILLED_BACK_S)
    gap = await gap_of(ben)
    record_property("gap_ms", gap.gap_ms)
    assert 100 <= gap.gap_ms <= KILLED_BACK_S * 1_000
    assert ben.tab.wire.seat() == seat
    assert await is_where_it_was(ben)
    if is_late:
        await until_said(ben, WORDS["link.back"])
    told = await said_since(ben, bens)
    assert set(told) <= {WORDS["link.updating"], WORDS["sound.lost"], WORDS["link.back"]}
    assert len(set(told)) == len(told)
    assert not is_late or (WORDS["sound.lost"] in told and told[-1] == WORDS["link.back"])
    await ann.write("after")
    await until_line(ben, "after")
    assert await ben.lines() == ["before", "after"]
    assert sorted(await ann.people()) == ["Ann", "Ben"]
    assert await said_since(ann, anns) == []
    forgive_absence(ann, ben)


@pytest.mark.long
@pytest.mark.timeout(150)
@pytest.mark.parametrize("how", ["killed", "frozen"])
async def test_redis_is_away(seated: Seated, front: Front, chrome: OpenChrome, how: str) -> None:
    ann = await seated("Ann", 1, tone_hz=440)
    ben = await seated("Ben", 1, microphone=False)
    cleo = await seated("Cleo", 2, microphone=False)
    await ann.turn_microphone_on()
    for listener in (ben, cleo):
        await hears(listener.tab, 440)
    await ben.write("before")
    await until_line(cleo, "before")
    said = {person: len(await person.said()) for person in (ben, cleo)}
    await start_meter(ben)
    if how == "killed":
        await front.redis.kill()
    else:
        front.redis.freeze()

    # Who hears each other on one node notices nothing; everybody reads what is the matter, once and calmly.
    await silent(cleo.tab)
    for person in (ann, ben, cleo):
        await until_notice(person, WORDS["link.apart"])
    await ben.write("meanwhile")
    await until_line(ben, "meanwhile (on its way)")
    late = Person(await chrome(microphone=False), front, TALK)
    await late.visit_lobby()
    await late.choose_room()
    await late.tab.fill(WORDS["join.name"], "Dan")
    await late.tab.press("button", WORDS["join.listen"])
    await until_notice(late, WORDS["join.waiting"], within_s=15)
    assert await late.tab.find("button", WORDS["join.cancel"]).is_visible()
    assert (await gap_of(ben)).gap_ms <= 100
    assert await cleo.lines() == ["before"]
    for person, count in said.items():
        assert await said_since(person, count) == [WORDS["link.apart"]]

    if how == "killed":
        await front.redis.start()
    else:
        front.redis.resume()
    await until_line(cleo, "meanwhile")
    await hears(cleo.tab, 440)
    late.name = "Dan"
    await late.until_seated()
    for person in (ann, ben, cleo):
        await until_no_notice(person, WORDS["link.apart"])
        await until_said(person, WORDS["link.whole"])
        assert await person.lines() == ["before", "meanwhile"]
        assert sorted(await person.people()) == ["Ann", "Ben", "Cleo", "Dan"]
    forgive_absence(ann, ben, cleo, late)


@pytest.mark.long
@pytest.mark.timeout(200)
@pytest.mark.parametrize("front", [3], indirect=True)
async def test_a_rolling_restart_of_all_nodes_is_not_heard(
    seated: Seated, front: Front, record_property: Callable[[str, object], None]
) -> None:
    ann = await seated("Ann", 1, tone_hz=440)
    ben = await seated("Ben", 2, microphone=False)
    await ann.turn_microphone_on()
    await hears(ben.tab, 440)
    seats = [ann.tab.wire.seat(), ben.tab.wire.seat()]
    said = len(await ben.said())
    await start_meter(ben)
    for node in front.nodes:
        assert await node.stop() == 0
        await node.start()
    await hears(ben.tab, 440)
    gap = await gap_of(ben)
    record_property("gap_ms", gap.gap_ms)
    assert gap.unseen_ms == 0
    assert gap.gap_ms <= GAP_MAX_MS
    assert [ann.tab.wire.seat(), ben.tab.wire.seat()] == seats
    assert await said_since(ben, said) == []
    assert await ann.microphone_is_on()
    forgive_absence(ann, ben)


@pytest.mark.long
@pytest.mark.timeout(120)
async def test_an_operator_empties_a_node_by_keyboard(
    seated: Seated, front: Front, chrome: OpenChrome
) -> None:
    ben = await seated("Ben", 2, microphone=False)
    seat = ben.tab.wire.seat()
    desk = await chrome(microphone=False, size=PHONE)
    await desk.open(await front.operator_link())
    button = desk.find("button", f"{OPERATOR['drain.button']} n2")
    dialog = desk.find("dialog", OPERATOR["drain.title"].format(node="n2"))

    async def no_fault() -> None:
        assert [
            *await axe(desk),
            *await overflow(desk),
            *await clipped(desk),
            *await small_targets(desk),
        ] == []

    await button.focus()
    await no_fault()
    await desk.keys("Enter")
    await dialog.wait_for()
    await no_fault()
    told = await dialog.inner_text()
    for key in ("drain.closed", "drain.moved.one", "drain.takers.one", "drain.after"):
        assert OPERATOR[key].format(s=20) in told
    await desk.keys("Enter")  # a hasty one gives the harmless answer
    await dialog.wait_for(state="detached")
    assert await button.evaluate("(element) => element === document.activeElement")
    await desk.keys("Enter")
    await dialog.wait_for()
    await desk.keys("Tab", "Enter")
    await desk.page.get_by_text(OPERATOR["phase.empty"]).wait_for()
    await button.wait_for(state="detached")
    assert str(await desk.call("() => document.activeElement.innerText")).startswith("n2")
    assert ben.tab.wire.seat() == seat
    assert not ben.tab.wire.events("ended")
    assert await front.nodes[1].stop() == 0
    forgive_absence(ben)


@pytest.mark.long
@pytest.mark.timeout(150)
async def test_a_host_acts_one_after_another_while_redis_is_away(seated: Seated, front: Front) -> None:
    host = await seated("Host", 1, is_host=True, microphone=False)
    ben, cleo = await seated("Ben", 1, tone_hz=440), await seated("Cleo", 1, tone_hz=1000)
    dan, eve = await seated("Dan", 1, microphone=False), await seated("Eve", 2, microphone=False)
    for speaker, tone_hz in ((ben, 440), (cleo, 1000)):
        await speaker.turn_microphone_on()

        async def is_heard(tone_hz: float = tone_hz) -> bool:
            return (await listen(dan.tab, tone_hz)).tone_db > AUDIBLE_DB

        await until(is_heard, f"Dan hears {speaker.name}, among others")
    front.redis.freeze()
    await host.write("one moment")  # goes out first, and is put off
    await host.mute("Ben")
    await until_no_sheet(host)
    await host.remove("Cleo")
    await until_no_sheet(host)
    await silent(dan.tab)
    assert sorted(await dan.people()) == ["Ben", "Cleo", "Dan", "Eve", "Host"]  # that is what is committed
    front.redis.resume()
    for person in (host, dan, eve):
        await until_line(person, "one moment")

        async def is_done(person: Someone = person) -> bool:
            return sorted(await person.people()) == ["Ben", "Dan", "Eve", "Host"]

        await until(is_done, f"{person.name} sees who was removed")
        assert await person.lines() == ["one moment"]
    await ben.until_microphone(on=False)
    forgive_absence(host, ben, cleo, dan, eve)


async def until_no_sheet(person: Someone) -> None:
    """Wait until the host is back in the room, and may press the next thing."""

    async def is_closed() -> bool:
        return bool(await person.tab.call("() => document.querySelector('dialog[open]') === null"))

    await until(is_closed, f"{person.name}'s sheet is closed")
