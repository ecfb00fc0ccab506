"""What stages made, by content, and which stage made it from what."""
