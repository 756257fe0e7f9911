"""Keeps the roles of an OmniStream tenant as files: plan, review, apply."""

__version__ = "0.1.0"
