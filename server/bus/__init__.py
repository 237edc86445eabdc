"""Room logs and fact buses behind `server.ports`."""
