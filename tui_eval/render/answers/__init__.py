"""Prompt, target and answers -> lines of a width."""
