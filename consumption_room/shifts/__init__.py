"""Shifts: the opening check, who is on duty, hand-over and closing."""
