"""What is done with a whole record and everything that hangs on it: bringing two together, forgetting."""
