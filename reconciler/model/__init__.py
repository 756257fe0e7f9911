"""The words: roles, errors, inert text, the secret, addresses, the rules of role files. No I/O, and no clock."""
