"""Bytes on this disk: documents, rows, tables; nothing of a harness."""
