"""The terminal side: everything that imports Textual."""
