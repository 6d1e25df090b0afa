"""Lighteval 0.1 to 0.13."""
