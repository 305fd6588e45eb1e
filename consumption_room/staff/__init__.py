"""People who work here, and the devices they work with."""
