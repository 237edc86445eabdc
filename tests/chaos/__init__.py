"""Real nodes on a real Redis, which are stopped, killed, cut off and starved while bots sit in their rooms.

`make test` runs each with few trials and asserts what must hold on any machine; `make chaos` runs all of them
and asserts the times too. Both write a report of figures, see `tests.chaos.report`.
"""
