"""Which layer may include which: the architecture as data."""

# A layer is the files under its prefixes; the first match counts.
LAYERS = (
    ("public", ("xa/include/",)),
    ("xid", ("branch/xid.", "branch/gid.")),
    ("base", ("base/",)),
    ("config", ("config/",)),
    ("log", ("log/",)),
    ("filter", ("filter/",)),
    ("odbc", ("odbc/",)),
    ("sqlite", ("sqlite/",)),
    ("branch", ("branch/",)),
    ("xa", ("xa/",)),
    ("recovery", ("recovery/",)),
    ("conformance", ("conformance/",)),
)

# log and odbc never see each other: what must be durable before what is decided in xa/. recovery
# stands beside xa/; its demonstration is a transaction manager and sees what those see, "public".
# filter is a library of its own, of which odbc knows the interface; sqlite is one that SQLite
# loads.
# conformance is for any vendor's switch: nothing of it may depend on ours.
MAY_INCLUDE = {
    "public": set(),
    "base": set(),
    "config": {"base"},
    "xid": {"base"},
    "log": {"base", "xid"},
    "filter": set(),
    "sqlite": set(),
    "odbc": {"base", "xid", "config", "filter"},
    "branch": {"base", "xid", "config", "odbc"},
    "xa": {"base", "xid", "config", "odbc", "log", "branch", "public"},
    "recovery": {"base", "xid", "config", "odbc", "log", "public"},
    "conformance": {"base", "public"},
}


def layer_of(path):
    """The layer of a file of the tree, None for tests and the like, which may include anything."""
    for name, prefixes in LAYERS:
        if path.startswith(prefixes):
            return name
    return None


def layer_of_include(target):
    """The layer that an include names; public headers go by the name they are installed under."""
    return "public" if target.startswith("xaodbc/") else layer_of(target)
