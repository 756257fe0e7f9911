"""The basic types: roles, errors, findings, inert text, secrets, addresses, rules of role files. No I/O, no clock."""
