"""A gateway client of its own: RFC 6455 and the protocol reference, sharing nothing with the product."""
