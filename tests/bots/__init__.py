"""Bots that join a room through the public protocol and measure what they hear."""
