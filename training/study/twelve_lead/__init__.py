"""What follows the comparison of models with twelve leads: the bundle of those in service."""
