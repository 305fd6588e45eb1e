"""What one writes on the first afternoon: every fault that our room survives must break this one."""
