"""What the crash proofs of the store share: asking store-writer what a store holds."""

import subprocess


def verify(binary, paths):
    """Opens each store as the product would. Returns for each the set of numbers found and a list of complaints."""
    done = subprocess.run([binary, "--verify", *paths], capture_output=True, text=True)
    found = {}
    complaints = {path: [] for path in paths}
    path = None
    for line in done.stdout.splitlines():
        word, _, rest = line.partition(" ")
        if word == "store":
            path = rest
        elif word == "found":
            found[path] = {int(number) for number in rest.split()}
        else:
            complaints[path].append(line)
    for path in paths:
        if path not in found and not complaints[path]:
            complaints[path].append(f"store-writer ended with {done.returncode}: {done.stderr.strip()}")
    if done.returncode not in (0, 1):
        complaints[paths[-1]].append(f"store-writer ended with {done.returncode}")
    return [(found.get(path, set()), complaints[path]) for path in paths]
