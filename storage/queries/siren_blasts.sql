select siren_order, number, at, acknowledged_at, answer from siren_blast
where siren_order = any(%s::bigint[])
order by siren_order, number
