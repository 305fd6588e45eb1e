"""Referrals to partners, each tied to the visit it came from."""
