"""When meetings are: series of the calendar, what is due now, and what opens and closes rooms by it."""
