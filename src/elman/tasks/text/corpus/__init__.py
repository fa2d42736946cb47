"""Texts in: what a user names, as symbols on disk."""
