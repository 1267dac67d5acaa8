"""The laboratory of tocsin: a real mail host, real clients, known truth."""
