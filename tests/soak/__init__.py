"""Whether a server that runs for hours stays as it was: `make soak`, or `python -m tests.soak --minutes 5`.

Forty members with sound stay in two rooms of one real server process, two others a second come and go. Every
five seconds its memory, descriptors, tasks, threads and the lateness of its loop are noted, and the gaps that
the members hear. `build/soak/` gets a report, a plot and the samples.
"""
