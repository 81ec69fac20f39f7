insert into flood_score (station, level, at, lead_h, figures, scored_at) values (%s, %s, %s, %s, %s, %s)
on conflict (station, level, at, lead_h) do update set figures = excluded.figures, scored_at = excluded.scored_at
