insert into model_comparison (station, at, incumbent, challenger, adopted, reason, figures) values (%s, %s, %s, %s, %s, %s, %s)
