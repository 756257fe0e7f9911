"""Completion by the shell: the values that it offers, and its scripts."""
