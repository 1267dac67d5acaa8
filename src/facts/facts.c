/* facts.c */
int facts_placeholder;
