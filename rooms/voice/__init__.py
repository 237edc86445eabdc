"""Who is heard, and how a packet's header is rewritten for those who hear it."""
