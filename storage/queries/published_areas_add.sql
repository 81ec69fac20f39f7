insert into published_area (area) select unnest(%s::text[]) on conflict do nothing
