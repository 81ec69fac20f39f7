select recipient, person, channel, address, secret, updated_at from contact order by recipient, person, channel
