"""Answers scored again without the model: the filters and metrics of the harnesses, pure."""
