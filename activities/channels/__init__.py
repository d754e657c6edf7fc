"""Ways a notification can leave: each ends as sent, refused, not sent or uncertain."""
