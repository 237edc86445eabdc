"""What strangers and members may send to break a room, at a real server, beside nine who do not.

README.md has the table: every input by its id, what the server does with it, and where that is shown.
"""
