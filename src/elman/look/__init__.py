"""The page: one HTML file in which a network runs. No server, and nothing that is loaded from anywhere."""

from elman.look.building import Page, page

__all__ = ["Page", "page"]
