"""The conversation: message structs, codecs, one connection's phases, description text. No I/O."""
