"""What the room promises, shown: real databases, real processes, real browsers, and a clock that stands still."""
