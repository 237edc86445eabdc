"""A real server, and bots that use it through the public protocol."""
