"""A font cut down to a few characters by HarfBuzz, which WeasyPrint needs too and which takes a hundredth of fontTools'
time."""

import ctypes
import io
from collections.abc import Iterable
from functools import cache

from fontTools.ttLib import TTFont

from report.errors import RenderError

_NAMES = {  # Linux, macOS, Windows: as WeasyPrint looks for them
    "harfbuzz": ("libharfbuzz.so.0", "libharfbuzz.0.dylib", "libharfbuzz-0.dll"),
    "harfbuzz-subset": ("libharfbuzz-subset.so.0", "libharfbuzz-subset.0.dylib", "libharfbuzz-subset-0.dll"),
}
_LAYOUT_FEATURES = 6  # HB_SUBSET_SETS_LAYOUT_FEATURE_TAG
_READ_ONLY = 1  # HB_MEMORY_MODE_READONLY: the bytes live longer than the face


def subset(font: bytes, codes: Iterable[int]) -> bytes:
    """The OpenType font cut down to the code points that it has of `codes`, all its layout features kept.

    Raises RenderError if HarfBuzz is not there, or cannot read the font.
    """
    hb, cut = _library("harfbuzz"), _library("harfbuzz-subset")
    blob = hb.hb_blob_create(font, ctypes.c_uint(len(font)), _READ_ONLY, None, None)
    face, order = hb.hb_face_create(blob, 0), cut.hb_subset_input_create_or_fail()
    wanted = cut.hb_subset_input_unicode_set(order)
    for code in codes:
        hb.hb_set_add(wanted, code)
    features = cut.hb_subset_input_set(order, _LAYOUT_FEATURES)
    hb.hb_set_clear(features)
    hb.hb_set_invert(features)
    small = cut.hb_subset_or_fail(face, order)
    try:
        if not small:
            raise RenderError("HarfBuzz cannot cut a bundled font down; restore it with: git checkout templates/fonts")
        data = hb.hb_face_reference_blob(small)
        length = ctypes.c_uint()
        start = hb.hb_blob_get_data(data, ctypes.byref(length))
        content = ctypes.string_at(start, length.value)
        hb.hb_blob_destroy(data)
        return content
    finally:
        cut.hb_subset_input_destroy(order)
        for one in (small, face):
            hb.hb_face_destroy(one)
        hb.hb_blob_destroy(blob)


def as_woff(font: bytes) -> bytes:
    """The font packed for a web page. WOFF and not WOFF2: a tenth more bytes, and a hundredth of the time."""
    out = io.BytesIO()
    with TTFont(io.BytesIO(font), lazy=True, recalcBBoxes=False, recalcTimestamp=False) as face:
        face.flavor = "woff"
        face.save(out, reorderTables=False)
    return out.getvalue()


def unpacked(font: bytes) -> bytes:
    """A font without the packing of WOFF or WOFF2, if it has one."""
    if font[:3] != b"wOF":
        return font
    out = io.BytesIO()
    with TTFont(io.BytesIO(font), lazy=True, recalcBBoxes=False, recalcTimestamp=False) as face:
        face.flavor = face.flavorData = None
        face.save(out, reorderTables=False)
    return out.getvalue()


@cache
def _library(name: str) -> ctypes.CDLL:
    for file in _NAMES[name]:
        try:
            library = ctypes.CDLL(file)
        except OSError:
            continue
        for function in _POINTERS:
            if hasattr(library, function):
                getattr(library, function).restype = _Pointer
        return library
    raise RenderError(f"the system library lib{name} cannot be loaded; run make setup, or say build.py --doctor")


class _Pointer(ctypes.c_void_p):
    """An address that stays one when it is passed on: a plain c_void_p comes back as a number, cut to 32 bits."""


_POINTERS = (
    "hb_blob_create", "hb_face_create", "hb_subset_input_create_or_fail", "hb_subset_input_unicode_set",
    "hb_subset_input_set", "hb_subset_or_fail", "hb_face_reference_blob", "hb_blob_get_data",
)  # fmt: skip
