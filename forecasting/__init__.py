"""Level forecasts with honest bands: pure pandas and scipy."""
