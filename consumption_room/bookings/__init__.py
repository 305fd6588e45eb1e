"""Cubicles booked ahead: for a treatment window, for somebody who needs one kept, once or day after day."""
