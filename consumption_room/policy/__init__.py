"""How this room works: the numbers and lists of ``config/policy.toml``, each part of the room with its own checks."""
