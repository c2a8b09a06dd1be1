"""Tests of the classifier: its service and what fits its heads."""
