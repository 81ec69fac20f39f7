"""From the broker to the database: payload formats, quality control, acknowledgement after commit."""
