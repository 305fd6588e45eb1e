"""What people have agreed to: the house rules, what is written down, and every hole in the wall of law."""
