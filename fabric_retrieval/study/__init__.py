"""The paper's experiments (section 5): every method trained alike, measured alike, reported together."""
