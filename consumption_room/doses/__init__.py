"""Prescribed doses, twice a day, under supervision: prescriptions, windows, the dose and what follows it."""
