insert into forecast_score (station, day, lead_h, tally, scored_at) values (%s, %s, %s, %s, %s)
on conflict (station, day, lead_h) do update set tally = excluded.tally, scored_at = excluded.scored_at
