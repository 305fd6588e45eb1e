"""Alarms: raised, shown, answered, closed; never lost."""
