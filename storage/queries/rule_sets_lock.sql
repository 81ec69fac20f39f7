lock table rule_set in share row exclusive mode
