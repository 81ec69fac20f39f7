select configuration::text from station order by id
