"""Measure what the programs do on this machine."""
