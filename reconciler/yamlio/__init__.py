"""Read YAML with the position of every value, independent of roles. Only this package uses PyYAML."""
