"""Information from the git repository around the role files."""
