"""Sound over UDP: checks, keys, packets in and out."""
