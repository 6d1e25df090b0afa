"""Look at LLM evaluation results in the terminal, where they are made."""

__version__ = "0.1.0"
