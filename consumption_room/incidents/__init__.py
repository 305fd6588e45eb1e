"""Incidents: what a real emergency leaves to be done, written down, signed and followed up."""
