"""Parts of the Models and Compare models pages."""
