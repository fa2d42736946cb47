"""Texts out: drawn from a network, held to forms."""
