"""The command ews, and the embedded services it starts."""
