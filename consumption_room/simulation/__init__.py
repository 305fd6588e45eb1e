"""A room with simulated people in it, filled through the services only."""
