"""Recommendations over HTTP: the one server that there is."""

from elman.serve.app import application

__all__ = ["application"]
