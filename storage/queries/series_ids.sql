select station, quantity, id from series
