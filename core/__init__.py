"""Second Reader's science: scans, models, readings, reports. Never imports the dashboard."""
