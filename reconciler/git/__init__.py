"""The git repository of the role files."""
