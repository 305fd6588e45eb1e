"""The software that runs a supervised consumption room."""
