select r.series_id, (extract(epoch from r.observed_at) * 1000000)::bigint,
    (extract(epoch from r.received_at) * 1000000)::bigint, r.value, r.flag
from reading r
where r.series_id = any({series}) and {condition}
order by {order}
limit {limit} offset {skip}
