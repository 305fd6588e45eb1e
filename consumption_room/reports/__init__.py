"""Reports: what the room did, counted by fixed definitions."""
