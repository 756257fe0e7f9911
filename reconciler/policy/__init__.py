"""What a plan may do: limits, protected roles, and the approval without which nothing is carried out. Pure."""
