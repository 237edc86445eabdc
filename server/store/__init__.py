"""What lasts: rooms, how they are set, and who did what to whom, without names. SQLite or PostgreSQL."""
