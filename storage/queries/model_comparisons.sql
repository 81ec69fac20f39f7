select station, at, incumbent, challenger, adopted, reason, figures from model_comparison order by id desc limit %s
