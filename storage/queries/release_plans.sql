select p.reservoir, p.starts_at, p.ends_at, p.planned_m3s,
    coalesce(p.actual_m3s, (
        select avg(r.value)
        from reading r
        join series s on s.id = r.series_id
        where s.station = p.reservoir and s.quantity = 'outflow' and r.flag <> %(fail)s
            and r.observed_at > p.starts_at and r.observed_at <= p.ends_at
    ))
from release_plan p
where p.ends_at >= %(start)s and p.starts_at <= %(end)s and p.reservoir = any(%(reservoirs)s)
order by p.reservoir, p.starts_at
