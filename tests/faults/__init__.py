"""The room, injured: each fault once against our server, which keeps its promise, and once against a naive one."""
