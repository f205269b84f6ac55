"""Other people's WebSocket libraries behind one small interface, `session.Session`, as clients and as servers."""
