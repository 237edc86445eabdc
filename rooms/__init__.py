"""The rules: who may do what, what changes, who is heard. No I/O, no clock, no chance."""
