"""lm-evaluation-harness 0.3 to 0.5 preview."""
