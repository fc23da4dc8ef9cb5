"""Signing in: identify a credential, and keep it in a session."""
