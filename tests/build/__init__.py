"""Tables, samples and files of each harness, made for all tests; a module a harness."""
