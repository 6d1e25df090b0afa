"""EvalScope 0.10 to 1.14."""
