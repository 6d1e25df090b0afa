"""Commands: one module each; `main` chooses, `pick` says what words mean, `terminal` writes."""
