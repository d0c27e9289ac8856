"""What every web server of Wardbeat has: the check of its callers, its socket, and an orderly end."""
