"""Credentials: found, verified, kept and redacted."""
