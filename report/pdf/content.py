"""What a PDF holds, as digests that stay the same however the file is packed.

Compression, object streams, encryption with an empty password, the order and the numbers of objects do not count:
streams are compared inflated, strings decrypted, references resolved.
"""

import base64
import re
import zlib
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pikepdf

from experiments.disk.files import sha256

LARGEST = 200 << 20  # bytes of a PDF, and of each stream in it: a report has a fiftieth of that

# Names for what a reader knows; everything else in the catalog goes by its own name.
_PARTS = {"/StructTreeRoot": "structure", "/Outlines": "bookmarks"}
# Set by whatever saves a file, or compared elsewhere.
_CATALOG_SKIPPED = {"/Type", "/Pages", "/AF", "/Names", "/Dests", "/Metadata", "/Extensions", "/Version"}
_PAGE_SKIPPED = {"/Type", "/Contents", "/Annots", "/PieceInfo", "/LastModified"}
# A page's place among the others and in the structure tree is not its drawing; the length depends on the packing.
_SKIPPED = {"/Parent", "/StructParents", "/StructParent", "/P", "/Length"}
_PACKING = {"/Filter", "/DecodeParms", "/DL"}
_HIDDEN = ("/Alt", "/ActualText", "/E", "/T")
_INHERITED = ("/Resources", "/MediaBox", "/CropBox", "/Rotate")
_SAVING = {"Producer", "ModDate", "pdf:Producer", "xmp:ModifyDate", "xmp:MetadataDate", "xmpMM:InstanceID"}
_PREFIXES = {
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://ns.adobe.com/pdf/1.3/": "pdf",
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://ns.adobe.com/xap/1.0/mm/": "xmpMM",
    "http://www.aiim.org/pdfa/ns/id/": "pdfaid",
}
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"


def stream_bytes(stream: Any) -> bytes:
    """The decoded content of a stream. Raises ValueError if it is larger than LARGEST or packed in a way unknown."""
    data, left = _decoded(stream)
    if left:
        raise ValueError(f"a stream is packed with {' '.join(left)}, which cannot be compared")
    return data


def page_content(page: pikepdf.Page) -> bytes:
    """What a page draws, its streams in one piece. Raises ValueError as `stream_bytes` does."""
    contents = page.obj.get("/Contents", pikepdf.Array())
    streams = contents if isinstance(contents, pikepdf.Array) else [contents]
    return b"\n".join(stream_bytes(stream) for stream in streams)


def _decoded(stream: Any) -> tuple[bytes, list[str]]:
    """The content, inflated no further than LARGEST, and the filters that are left: those of pictures."""
    data = bytes(stream.read_raw_bytes())
    filters = stream.get("/Filter", pikepdf.Array())
    left = [str(name) for name in (filters if isinstance(filters, pikepdf.Array) else [filters])]
    predicted = "/DecodeParms" in stream
    while left:
        if left[0] == "/FlateDecode":
            data = _inflated(data)
            if predicted:
                if len(left) > 1:
                    break
                data = bytes(stream.read_bytes())  # no larger than what was inflated
        elif left[0] == "/ASCIIHexDecode":
            data = bytes.fromhex(data.partition(b">")[0].decode("ascii"))
        elif left[0] == "/ASCII85Decode":
            data = base64.a85decode(b"<~" + data.strip(), adobe=True)
        elif left[0] != "/Crypt":
            break
        left = left[1:]
    return data, left


def _inflated(data: bytes) -> bytes:
    inflate = zlib.decompressobj()
    content = inflate.decompress(data, LARGEST)
    if inflate.unconsumed_tail:
        raise ValueError(f"a stream is larger than {LARGEST >> 20} MB")
    return content


class Content:
    """The content of an open PDF: `pages`, `parts` and `metadata`, each entry with a digest or value to compare."""

    def __init__(self, pdf: pikepdf.Pdf):
        self._pdf = pdf
        self._streams: dict[tuple[int, int], bytes] = {}  # digests: most fonts are used by most pages
        self._places: dict[tuple[int, int], bytes] = {pdf.Root.objgen: b"@catalog"}
        for number, page in enumerate(pdf.pages, start=1):
            self._places[page.obj.objgen] = b"@page %d" % number
            for place, note in enumerate(_links(page), start=1):
                self._places[note.objgen] = b"@link %d %d" % (number, place)
        self._places.pop((0, 0), None)  # what is written in place has no number

    def pages(self) -> list[str]:
        """A digest of each page: its content, all that it uses (fonts, forms, pictures), and the notes on it."""
        return [self._page(page) for page in self._pdf.pages]

    def _page(self, page: pikepdf.Page) -> str:
        seen = dict(self._places)
        parts = {name: page.obj[name] for name in page.obj.keys() - _PAGE_SKIPPED - _SKIPPED}
        for name in _INHERITED:  # from the tree of pages, where a program has moved them there
            node: Any = page.obj
            while name not in node and "/Parent" in node:
                node = node.Parent
            if name in node:
                parts[name] = node[name]
        notes = [note for note in page.obj.get("/Annots", pikepdf.Array()) if note.get("/Subtype") != "/Link"]
        drawn = b" ".join(page_content(page).split())  # which white space stands between two operators says nothing
        canonical = [name.encode() + b" " + self._canonical(parts[name], seen) for name in sorted(parts)]
        return sha256(b"\n".join([drawn, *canonical, *(self._canonical(note, seen) for note in notes)]))

    def parts(self) -> dict[str, str]:
        """Name → digest of what a document has besides pages, files and metadata."""
        root = self._pdf.Root
        names = root.get("/Names", pikepdf.Dictionary())
        hidden: list[bytes] = []
        parts = {}
        for name in sorted(root.keys() - _CATALOG_SKIPPED):
            digest = self._digest(root[name], hidden if name == "/StructTreeRoot" else None)
            parts[_PARTS.get(name, f"catalog entry {name}")] = digest
        for name in sorted(names.keys() - {"/EmbeddedFiles", "/Dests"}):
            parts[f"catalog entry /Names{name}"] = self._digest(names[name])
        parts["hidden texts"] = sha256(b"\n".join(hidden))
        parts["link targets"] = self._targets(names)
        return parts

    def _targets(self, names: Any) -> str:
        """Where names lead, and for each page where its links lie and lead."""
        targets: dict[str, Any] = dict(self._pdf.Root.get("/Dests", pikepdf.Dictionary()).items())
        if "/Dests" in names:
            targets |= dict(pikepdf.NameTree(names.Dests).items())
        canonical = [
            name.encode() + b" " + self._canonical(targets[name], {**self._places}) for name in sorted(targets)
        ]
        for page in self._pdf.pages:
            for link in _links(page):
                inside = {key: link[key] for key in sorted(link.keys() - _SKIPPED)}
                canonical += [k.encode() + b" " + self._canonical(v, {**self._places}) for k, v in inside.items()]
        return sha256(b"\n".join(canonical))

    def metadata(self) -> dict[str, str]:
        """Name → text of each property, in the document information and in XMP, but for those that saving sets."""
        found = {key.lstrip("/"): str(value) for key, value in self._pdf.docinfo.items()}
        if "/Metadata" in self._pdf.Root:
            found |= _xmp(stream_bytes(self._pdf.Root.Metadata))
        return {name: found[name] for name in sorted(found.keys() - _SAVING)}

    def _digest(self, value: Any, hidden: list[bytes] | None = None) -> str:
        return sha256(self._canonical(value, dict(self._places), hidden))

    def _canonical(self, value: Any, seen: dict[tuple[int, int], bytes], hidden: list[bytes] | None = None) -> bytes:
        """An object and everything that it refers to; objects by the order in which they are met.

        hidden: takes the texts of structure elements, which are then left out.
        """
        number = getattr(value, "objgen", (0, 0))
        if number != (0, 0):
            if number in seen:
                return seen[number]
            seen[number] = b"@%d" % len(seen)
        if isinstance(value, pikepdf.Stream | pikepdf.Dictionary):
            skipped = _SKIPPED
            body = b""
            if isinstance(value, pikepdf.Stream):
                skipped = _SKIPPED | _PACKING
                body = self._stream(value)
            elif hidden is not None and "/S" in value:
                for name in _HIDDEN:
                    if name in value:
                        hidden.append(name.encode() + b" " + str(value[name]).encode())
                skipped = _SKIPPED | set(_HIDDEN)
            names = sorted(value.keys() - skipped)
            inner = (name.encode() + b" " + self._canonical(value[name], seen, hidden) for name in names)
            return b"<%s>%s" % (b" ".join(inner), body)
        if isinstance(value, pikepdf.Array):
            return b"[%s]" % b" ".join(self._canonical(item, seen, hidden) for item in value)
        return bytes(value.unparse()) if isinstance(value, pikepdf.Object) else repr(value).encode()

    def _stream(self, stream: pikepdf.Stream) -> bytes:
        if stream.objgen not in self._streams:
            data, left = _decoded(stream)
            parameters = self._canonical(stream.get("/DecodeParms"), {}) if left else b""
            self._streams[stream.objgen] = b" ".join([sha256(data).encode(), " ".join(left).encode(), parameters])
        return self._streams[stream.objgen]


def _links(page: pikepdf.Page) -> list[Any]:
    return [note for note in page.obj.get("/Annots", pikepdf.Array()) if note.get("/Subtype") == "/Link"]


def _xmp(data: bytes) -> Mapping[str, str]:
    """The properties of an XMP packet as "prefix:name" → text, whether written as elements or as attributes."""
    elements = re.sub(rb"<\?.*?\?>", b"", data, flags=re.S)
    if b"<!DOCTYPE" in elements:
        raise ValueError("its metadata are not XMP")
    found: dict[str, str] = {}
    for description in fromstring(elements.decode()).iter(f"{_RDF}Description"):
        written = {_short(name): value for name, value in description.attrib.items() if name != f"{_RDF}about"}
        written |= {_short(child.tag): _all_text(child) for child in description}
        found |= written
    return found


def _all_text(element: Element) -> str:
    attributes = (value for inner in element.iter() for key, value in inner.attrib.items() if not key.endswith("}lang"))
    return " ".join(" ".join([*element.itertext(), *attributes]).split())


def _short(name: str) -> str:
    namespace, _, local = name.lstrip("{").rpartition("}")
    return f"{_PREFIXES.get(namespace, namespace)}:{local}"
