delete from pg_temp.incoming
