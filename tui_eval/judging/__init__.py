"""A judge that is asked which of two saved answers is better: prompts, verdicts, the endpoint."""
