"""Numbers in, numbers out: intervals, paired tests, many comparisons at once, power, repeats.

Pure functions on NumPy arrays that know neither tables nor harnesses. SciPy's special functions are
imported where they are called, since that takes as long as the first frame of the app.
"""
