"""What a plan may do: the limits of the configuration, and the roles that it protects. Pure."""
