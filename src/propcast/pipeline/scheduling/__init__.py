"""The schedule of the day: a timetable as data, and what follows from it for a calendar and a clock."""
