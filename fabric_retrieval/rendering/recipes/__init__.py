"""Recipes: functions of a random generator that give the `Specification` of a fabric of one kind."""
