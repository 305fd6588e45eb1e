"""Looking after people in cubicles: prompts by the minute, what was seen, and what was missed."""
