"""How much was sold each day, as the events of the orders tell it."""
