"""Carries out a plan: in order, side by side, with a journal, and with a second look at what was done."""
