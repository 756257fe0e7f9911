"""YAML with the position of every value. It knows no roles. The one home of PyYAML."""
