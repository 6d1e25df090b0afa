"""Files -> records: a package a harness, the same rooms in each; `registry` lists them."""
