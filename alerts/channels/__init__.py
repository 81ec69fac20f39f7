"""One function a channel: sent, worth retrying, or given up."""
