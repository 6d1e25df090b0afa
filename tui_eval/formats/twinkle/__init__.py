"""Twinkle Eval 0.1 to 2.10."""
