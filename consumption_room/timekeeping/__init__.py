"""Timekeeping: whether the clock of this machine is right, as a time server and the displays see it."""
