"""What the command line says of itself: the help of each command, its layout, topics, hints for other words."""
