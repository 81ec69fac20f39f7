select number, adopted_at, adopted_by, reason, content, difference
from rule_set
where %(number)s::integer is null or number = %(number)s
order by number desc
