"""Runs the unittest modules of a directory: test_*.py, or those of another pattern; fails when there is none to run."""

import sys
import unittest

directory = sys.argv[1]
pattern = sys.argv[2] if len(sys.argv) > 2 else "test_*.py"
suite = unittest.defaultTestLoader.discover(directory, pattern, top_level_dir=directory)
if suite.countTestCases() == 0:
    sys.exit(f"{directory} has no tests")
result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
if result.skipped and len(result.skipped) == result.testsRun:
    sys.exit(f"{directory}: every test was skipped")
sys.exit(not result.wasSuccessful())
