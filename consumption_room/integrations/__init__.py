"""Ways in and out for other machines: buttons, brokers, webhooks, and the guard."""
