from signaling.faults import Fault, FaultCode


def test_a_fault_says_its_kind_and_nothing_of_what_was_sent() -> None:
    fault = Fault(FaultCode.BAD_PACKET)
    assert fault.code is FaultCode.BAD_PACKET
    assert str(fault) == "bad_packet"
