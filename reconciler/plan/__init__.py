"""Compare desired and live roles; the difference is a `Plan`. Pure: no I/O, no clock."""
