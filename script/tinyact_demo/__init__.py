"""TinyAct's demo: its three programs at work on one machine."""
