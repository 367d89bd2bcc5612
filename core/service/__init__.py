"""What a shared installation needs beyond one user's: settings, API keys, the audit log, scoring as a service; knows no user interface."""
