"""Visits from door to door, and the consumption episodes in them."""
