"""The template language: one closed environment that the compiler checks and the engine renders."""
