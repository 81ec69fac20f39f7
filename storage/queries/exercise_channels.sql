select name from exercise_channel
