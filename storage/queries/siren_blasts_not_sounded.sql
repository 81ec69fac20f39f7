-- The newest blast of each siren within a span that it has answered or should have: where it has not, or says that it did not sound.
select siren, siren_order, number, at, acknowledged_at, answer
from (
    select distinct on (siren_order.siren) siren_order.siren, siren_blast.*
    from siren_blast join siren_order on siren_order.id = siren_blast.siren_order
    where siren_blast.at >= %(since)s and (siren_blast.at < %(until)s or siren_blast.answer is not null)
    order by siren_order.siren, siren_blast.at desc
) as newest
where answer is null or split_part(answer, ':', 1) <> %(sounded)s
order by siren
