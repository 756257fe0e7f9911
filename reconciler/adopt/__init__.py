"""Make the smallest edit of the role files that lets them say what is live (docs/interface.md, "adopt")."""
