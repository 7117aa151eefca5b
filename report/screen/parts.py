"""The fonts and pictures of a page: taken out of it, so that its text can be compared without drawing them again."""

import re

from experiments.disk.files import sha256

_DATA = re.compile(r'(?<=")data:[a-z]+/[a-z0-9.+-]+;base64,[A-Za-z0-9+/=]*(?=")')
_FACES = re.compile(r'@font-face\{[^{}]*src:url\("(data:font/woff;base64,[A-Za-z0-9+/=]*)"\)\}\n?')
_IMAGE = re.compile(r'<img\b[^>]*?\bsrc="(data:image/[a-z+]+;base64,[A-Za-z0-9+/=]*)"')
_POLICY = re.compile(r'(<meta http-equiv="Content-Security-Policy" content=")[^"]*(">)')


def without_parts(page: str) -> str:
    """The page without its fonts, pictures and the policy, which is computed from the rest."""
    return _POLICY.sub(r"\1\2", _DATA.sub("", _FACES.sub("", page)))


def parts(page: str) -> dict[str, str]:
    """name → digest of what `without_parts` takes out of a page, and of what it leaves."""
    found = {f"font {n}": sha256(face.encode()) for n, face in enumerate(_FACES.findall(page), start=1)}
    found |= {f"picture {n}": sha256(image.encode()) for n, image in enumerate(_IMAGE.findall(page), start=1)}
    policy = _POLICY.search(page)
    found["policy"] = sha256((policy[0] if policy else "").encode())
    return {**found, "text and layout": sha256(without_parts(page).encode())}
