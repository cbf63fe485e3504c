"""Why an architecture stands where it stands, by rules, from measured numbers."""
