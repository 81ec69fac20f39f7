-- Days on which forecasts come due; what is valid at midnight belongs to the day that ends then. Bounded by the issue time,
-- with which the primary key goes on: valid times have no index of their own.
select distinct ((valid_at - interval '1 microsecond') at time zone %(offset)s::interval)::date as day from forecast
where station = %(station)s and issued_at between %(after)s - %(lead)s::interval and %(end)s
    and valid_at > %(after)s and valid_at <= least(%(end)s, issued_at + %(lead)s::interval)
order by day
limit %(most)s
