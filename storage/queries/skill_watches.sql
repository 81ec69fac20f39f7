select station, lead_h, state, since, figures from skill_watch order by station, lead_h
