from server.media.ice_lite import CheckAnswer, Credentials
from server.media.peer_table import TURNS_PER_ROUND, PeerTable
from tests.server.media.test_peer import make_peer

HOME = ("192.0.2.1", 5_000)
AWAY = ("192.0.2.2", 6_000)
FINE = CheckAnswer(datagram=b"")


async def test_a_peer_is_found_by_name_and_address_and_then_no_more() -> None:
    table, peer = PeerTable(), make_peer()
    table.add(peer)
    peer.ice.addresses.append(HOME)
    table.learn(peer, HOME, FINE)
    assert table.by_ufrag == {"u" * 16: peer}
    assert table.by_address == {HOME: peer}

    table.remove(peer)

    assert not table.by_ufrag
    assert not table.by_address
    assert not any(table.next_turn() for _ in range(TURNS_PER_ROUND))
    peer.close()


async def test_every_peer_has_one_turn_in_a_round() -> None:
    table, peer = PeerTable(), make_peer()
    table.add(peer)

    turns = [table.next_turn() for _ in range(2 * TURNS_PER_ROUND)]

    assert sum(peer in turn for turn in turns) == 2
    peer.close()


async def test_an_address_belongs_to_the_newest_check() -> None:
    table, older, newer = PeerTable(), make_peer(), make_peer()
    for peer in (older, newer):
        peer.ice.addresses.append(HOME)
        table.learn(peer, HOME, FINE)

    table.remove(older)

    assert table.by_address == {HOME: newer}
    older.close()
    newer.close()


async def test_what_gives_way_is_forgotten() -> None:
    table, peer = PeerTable(), make_peer()
    table.add(peer)
    table.restart(peer, Credentials("second", "q"))
    assert set(table.by_ufrag) == {"u" * 16, "second"}
    table.restart(peer, Credentials("third", "r"))
    assert set(table.by_ufrag) == {"u" * 16, "third"}

    table.learn(peer, HOME, FINE)
    table.learn(peer, AWAY, CheckAnswer(datagram=b"", forgotten=HOME, released_ufrag="u" * 16))

    assert set(table.by_ufrag) == {"third"}
    assert set(table.by_address) == {AWAY}
    peer.close()
