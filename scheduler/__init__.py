"""The one place where rules, forecasting and alerts are wired together and run on time."""
