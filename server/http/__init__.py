"""HTTP: the page and its files, the list of rooms, health, metrics, and who may ask for what."""
