"""The conversation with a browser: messages, codecs, one connection's phases. No I/O."""
