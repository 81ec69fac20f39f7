insert into alert_telling (alert, version, told, reason, detail)
select * from unnest(%(alerts)s::text[], %(versions)s::integer[], %(told)s::boolean[], %(reasons)s::text[],
    %(details)s::text[])
on conflict do nothing
