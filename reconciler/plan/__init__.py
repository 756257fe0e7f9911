"""What changes: desired and live roles are compared, and the difference is a `Plan`. Pure: no I/O, no clock."""
