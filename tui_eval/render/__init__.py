"""A report -> cells, bars and words."""
