"""What the clinician sees. Owns all of Streamlit."""
