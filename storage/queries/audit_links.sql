select number, previous, hash,
    convert_to(jsonb_build_array(number, id, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        actor, action, subject, detail)::text, 'UTF8')
from audit
where number >= %(first)s
order by number
