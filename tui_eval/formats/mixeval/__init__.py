"""MixEval, all four eras of its files."""
