"""The shell: sockets, clocks, chance, files. The rules are in `rooms`, the messages in `signaling`."""
