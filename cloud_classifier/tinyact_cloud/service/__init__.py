"""The classifier service: latents in, named actions out."""
