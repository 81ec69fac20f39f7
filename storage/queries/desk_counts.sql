select alert, state, count(*) from delivery where alert = any(%(alerts)s) group by alert, state
