"""What is true: tables, states, rules, settings, migrations and every read query."""
