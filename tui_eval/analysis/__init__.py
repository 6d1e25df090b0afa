"""Tables -> reports. No file is opened here, and nothing is drawn."""
