"""The echo peer as a client command: echo_client.py URL [FLAW]. Kept small, for it is started hundreds of times."""

import sys

from wscheck import echo_peer

sys.exit(echo_peer.connect(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""))
