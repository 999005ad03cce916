"""tests/data/hostile.json for Python: values that nobody should type and somebody will.

    for row in hostile.values(): row.name, row.kind, row.data (bytes), row.text (None where it is no text), row.record
"""
import collections
import json
import pathlib

TABLE = pathlib.Path(__file__).resolve().parent.parent / "data" / "hostile.json"
Row = collections.namedtuple("Row", "name kind data text record typed nfc")


def values(*kinds):
    """All rows, or those of the kinds named."""
    for row in json.loads(TABLE.read_text("utf-8"))["values"]:
        data = bytes.fromhex(row["hex"]) if "hex" in row else (row["text"] * row.get("times", 1)).encode()
        try:
            text = data.decode()
        except UnicodeDecodeError:
            text = None
        if not kinds or row["kind"] in kinds:
            yield Row(row["name"], row["kind"], data, text, row["record"], row.get("typed"), row.get("nfc"))
