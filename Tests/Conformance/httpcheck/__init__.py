"""Requests that an HTTP/1.1 server must answer well or refuse well (RFC 9110, RFC 9112).

exchange    one connection: bytes out, whole or dripped, and responses in
table       the requests and what must come of each
sizes       those that exceed a limit
judge       whether what came back is what the table demands
reference   a server that passes, or fails in one chosen way
"""
