"""Cubicles, and every other place an alarm can come from."""
