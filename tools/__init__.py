"""Scripts that set up, build and check the project."""
