"""Tests in real browsers: each shows one promise to a person who sits in front of a page."""
