"""What the repository around the role files knows."""
