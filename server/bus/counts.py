"""Running totals of a node's talk with the others, as plain integers; /metrics reads them where they are."""


class BusCounts:
    """Since the start of the node. Alone, all of it stays 0.

    Attributes:
        outages: times that Redis was there and then answered no more.
        refused: commands that Redis answered with a refusal: out of memory, a replica, no permission.
        resubscribes: connections for subscriptions that were made anew, because they were lost or heard
            nothing for three seconds.
        epochs: rooms that began a new epoch through this node, because their log was lost, went back or was
            damaged; a room's very first one is not counted.
        set_aside: logs of rooms that were damaged and that no living node could make good.
        uncopied: appends with rulings that no replica had in time (see `RedisLink.script`).
        lease_reads: states of other nodes that were read.
    """

    __slots__ = ("epochs", "lease_reads", "outages", "refused", "resubscribes", "set_aside", "uncopied")

    def __init__(self) -> None:
        self.outages = self.refused = self.resubscribes = self.epochs = self.lease_reads = 0
        self.uncopied = self.set_aside = 0


class VoiceCounts:
    """Packets of sound since the start of the node.

    Attributes:
        sent, heard: packets to and from other nodes.
        late_out: dropped before they were sent: Redis did not take them in time.
        late_in: dropped after they came: too long on the way.
        bad: signed by a node, and no packet.
    """

    __slots__ = ("bad", "heard", "late_in", "late_out", "sent")

    def __init__(self) -> None:
        self.sent = self.heard = self.late_out = self.late_in = self.bad = 0
