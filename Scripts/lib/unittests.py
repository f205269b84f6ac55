"""Runs the unittest modules test_*.py of a directory; fails when there is none to run."""

import sys
import unittest

directory = sys.argv[1]
suite = unittest.defaultTestLoader.discover(directory, top_level_dir=directory)
if suite.countTestCases() == 0:
    sys.exit(f"{directory} has no tests")
result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
if result.skipped and len(result.skipped) == result.testsRun:
    sys.exit(f"{directory}: every test was skipped")
sys.exit(not result.wasSuccessful())
