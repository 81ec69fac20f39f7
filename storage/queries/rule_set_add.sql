insert into rule_set (adopted_by, reason, content, difference) values (%s, %s, %s, %s) returning number
