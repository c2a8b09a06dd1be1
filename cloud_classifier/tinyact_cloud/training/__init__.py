"""Training: videos and skeletons to an encoder, its heads and a bundle. Needs the train extra."""
