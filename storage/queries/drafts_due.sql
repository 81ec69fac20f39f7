select id, alert from draft_due where id > %(after)s order by id limit %(most)s for update skip locked
