"""The gate: same site, signed in, allowed; every view is shut until it says whom it is open to."""
