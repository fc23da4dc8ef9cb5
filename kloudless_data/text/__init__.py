"""Text that leaves the program: without credentials, safe for a terminal, logged."""
