"""A fleet of field devices that misbehave as real ones do, and the truth about what they did."""
