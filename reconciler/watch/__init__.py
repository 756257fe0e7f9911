"""The operator: one pass after another, and a line when something changes."""
