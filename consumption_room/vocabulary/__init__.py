"""The words of the room: every closed list, part by part, with what people read for them."""
