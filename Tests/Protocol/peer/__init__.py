"""A small gateway after the reference, with flaws to order: what the player and its checks are proven against."""
