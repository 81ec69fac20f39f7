insert into skill_watch (station, lead_h, state, since, figures) values (%s, %s, %s, %s, %s)
on conflict (station, lead_h) do update set
    since = case when skill_watch.state = excluded.state then skill_watch.since else excluded.since end,
    state = excluded.state, figures = excluded.figures
