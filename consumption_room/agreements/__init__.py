"""Agreements: the plan somebody signs up to with their prescription, and contracts instead of a court."""
