"""A disk that keeps only what was synced: replays recorded system calls and says what a power cut would leave.

Strict on purpose: the data of a file is safe after fsync or fdatasync of that file, a name after fsync of its
directory, and nothing else is safe, not even what a journaling file system would keep in practice.
"""

import os

SECTOR = 512


class Inode:
    def __init__(self):
        self.durable = bytearray()
        self.pending = []  # ("write", offset, bytes) and ("truncate", size), oldest first

    def sync(self):
        for op in self.pending:
            apply(self.durable, op)
        self.pending = []


def apply(content, op):
    if op[0] == "truncate":
        size = op[1]
        del content[size:]
        content.extend(bytes(size - len(content)))
        return
    _, offset, data = op
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data


def torn(op, rng):
    """The parts of a write that reached the disk: all, none, some sectors, or a piece that ends anywhere."""
    if op[0] == "truncate":
        return [op] if rng.random() < 0.5 else []
    _, offset, data = op
    choice = rng.random()
    if choice < 0.4:
        return [op]
    if choice < 0.6:
        return []
    if choice < 0.8:
        parts = []
        start = 0
        while start < len(data):
            end = min(len(data), (offset + start) // SECTOR * SECTOR + SECTOR - offset)
            if rng.random() < 0.5:
                parts.append(("write", offset + start, data[start:end]))
            start = end
        return parts
    cut = rng.randrange(len(data) + 1)
    if rng.random() < 0.5:
        return [("write", offset, data[:cut])]
    return [("write", offset + cut, data[cut:])]


class Disk:
    def __init__(self):
        self.names = {}  # as the running process sees them
        self.durable_names = {}
        self.pending_names = []  # ("link", name, inode) and ("unlink", name), oldest first

    def create(self, name):
        inode = Inode()
        self.link(name, inode)
        return inode

    def link(self, name, inode):
        self.names[name] = inode
        self.pending_names.append(("link", name, inode))

    def unlink(self, name):
        inode = self.names.pop(name, None)
        self.pending_names.append(("unlink", name))
        return inode

    def rename(self, old, new):
        # One step for the process; on the disk the old name must not go before the new one stands.
        inode = self.names.pop(old)
        self.names[new] = inode
        self.pending_names.append(("rename", old, new, inode))

    def sync_names(self):
        for op in self.pending_names:
            apply_name(self.durable_names, op)
        self.pending_names = []

    def after_power_cut(self, rng=None):
        """The files that are left: without `rng` nothing that was not synced, with it a part of that."""
        names = dict(self.durable_names)
        if rng:
            # A journal keeps the order of names: some first part of what waits.
            for op in self.pending_names[: rng.randrange(len(self.pending_names) + 1)]:
                apply_name(names, op)
        files = {}
        for name, inode in names.items():
            content = bytearray(inode.durable)
            if rng:
                for op in inode.pending:
                    for part in torn(op, rng):
                        apply(content, part)
            files[name] = bytes(content)
        return files


def apply_name(names, op):
    if op[0] == "link":
        names[op[1]] = op[2]
    elif op[0] == "unlink":
        names.pop(op[1], None)
    else:
        names.pop(op[1], None)
        names[op[2]] = op[3]


def write_files(files, directory):
    os.mkdir(directory, 0o700)
    for name, content in files.items():
        with open(os.path.join(directory, name), "wb") as file:
            file.write(content)
