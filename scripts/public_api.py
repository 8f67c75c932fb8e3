"""Names every crate whose types stand in the public signatures of a crate, from rustdoc's JSON.

Usage: public_api.py CRATE.json ALLOWED...; exit status 1 when there is one that is not allowed.
"""

import json
import sys

OURS = {"std", "core", "alloc"}


def ids(node):
    """The ids of every type and trait named in a piece of JSON."""
    if isinstance(node, list):
        for part in node:
            yield from ids(part)
    elif isinstance(node, dict):
        if "path" in node and isinstance(node.get("id"), int):
            yield node["id"]
        for part in node.values():
            yield from ids(part)


def signatures(inner):
    """What others see of an item."""
    (kind, what), = inner.items()
    if kind == "impl" and (what.get("is_synthetic") or what.get("blanket_impl")):
        return []
    # Where something is used from is no signature; its own entry is looked at.
    return [] if kind in ("use", "module") else what


def main(path, *allowed):
    with open(path) as file:
        doc = json.load(file)
    crates = {int(number): crate["name"] for number, crate in doc["external_crates"].items()}
    found = {}
    for item in doc["index"].values():
        if item["crate_id"] != 0:
            continue
        for id in ids(signatures(item["inner"])):
            named = doc["paths"].get(str(id))
            if named and named["crate_id"] != 0:
                crate = crates[named["crate_id"]]
                place = item["name"] or (item.get("span") or {}).get("filename") or "?"
                found.setdefault(crate, {}).setdefault("::".join(named["path"]), place)
    foreign = {crate: types for crate, types in found.items() if crate not in OURS.union(allowed)}
    for crate, types in sorted(foreign.items()):
        for name, place in sorted(types.items()):
            print(f"error: {path}: {name} of the private dependency {crate} stands in {place}", file=sys.stderr)
    unused = set(allowed) - set(found)
    if unused:
        print(f"error: {path}: allowed and not used: {', '.join(sorted(unused))}", file=sys.stderr)
    if foreign or unused:
        sys.exit(1)
    print(f"{path.rsplit('/', 1)[-1]}: {', '.join(sorted(set(found) - OURS)) or 'no other crate'}")


main(*sys.argv[1:])
