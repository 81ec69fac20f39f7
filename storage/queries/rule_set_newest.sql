select max(number) from rule_set
