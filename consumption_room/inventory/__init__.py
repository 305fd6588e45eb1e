"""Needles, kits and other stock: items, lots, and the ledger of every movement."""
