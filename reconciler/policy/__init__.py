"""Decide whether a plan may run: limits, protected roles, and the approval that every run needs. Pure."""
