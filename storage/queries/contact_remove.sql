delete from contact where recipient = %s and person = %s and channel = %s returning true
