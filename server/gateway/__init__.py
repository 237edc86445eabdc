"""The only door for browsers: python-socketio, with its hot paths replaced through its own hooks."""
