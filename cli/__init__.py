"""The command ews, and the embedded services it starts."""

import os

# Set before anything imports NumPy: its linear algebra would start a thread on each core, and over matrices as small as ours
# these spend ten times the processor time waiting for each other. What is large runs in processes (forecasting/parallel.py).
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
