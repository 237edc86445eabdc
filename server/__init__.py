"""The shell: sockets, clocks, randomness, HTTP, Socket.IO, UDP, files, logs."""
