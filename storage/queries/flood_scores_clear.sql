delete from flood_score where station = %s and at between %s and %s
