"""Signing in: whose a credential is, and a session that keeps it."""
