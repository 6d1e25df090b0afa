"""What is loaded: files found and read, passes over samples, their cache, labels."""
