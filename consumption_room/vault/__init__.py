"""The identity vault: who a person really is, sealed with a key of their own, for treatment alone."""
