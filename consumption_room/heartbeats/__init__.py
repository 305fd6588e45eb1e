"""Signs of life of buttons and gateways."""
