"""What a shared installation needs beyond one user's: settings, API keys and the audit log; knows no user interface. No torch."""
