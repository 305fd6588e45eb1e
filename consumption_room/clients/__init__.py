"""People who use the room, known by an alias of their own choosing."""
