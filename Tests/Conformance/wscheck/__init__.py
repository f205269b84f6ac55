"""A WebSocket peer with control over every byte, and the cases it runs (RFC 6455, RFC 7692).

frame        frames to and from bytes
deflate      permessage-deflate: negotiation and codec
inflate      a reading of DEFLATE that reports how far back it refers
opening      the opening handshake, both sides
link         one open connection: what was sent, what came back
case         what a case is, and its verdict
framing, unicode, closing, limits, compression, extras, extras_opening, extras_deflate
             the cases, by section
payloads     what the compression cases send
runner       runs cases against a server or a client command
report       what a person reads, and the JSON file
process      starting and ending the programs under test
echo, echo_peer
             a peer that behaves well, or badly in one chosen way
"""
