"""Hosts' accounts: passkeys, recovery codes, sessions, and the tickets that let a host into a room."""
