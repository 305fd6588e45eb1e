"""Benchmarks: ratios in one run, against bare servers that do nothing but the one thing measured."""
