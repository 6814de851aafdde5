"""Facts that the examples of several intents share."""

EUR = "EUR"
US, THEM = "buchhaltung@kunde.example", "pruefung@kanzlei.example"
CASE = "G-7K3M9Q"
