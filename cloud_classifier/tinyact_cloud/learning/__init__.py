"""Fit heads on latents and measure them: what training and teaching share (no torch)."""
