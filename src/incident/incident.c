/* incident.c */
int incident_placeholder;
