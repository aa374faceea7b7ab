"""Fetches what the browser loads and puts it under assets/vendor, by package name and pinned version through npm.
What only the browser tests load goes under tests/browser/vendor.

Nothing in assets/ comes from another host at run time. Run this to change a version or an icon, or when a page has a
class of Bootstrap that none had before; what it writes is committed. It needs npm; running Nightboard does not.
"""

import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

HOUSE = Path(__file__).parent.parent
VENDOR = HOUSE / "assets" / "vendor"
TOOLS = HOUSE / "tests" / "browser" / "vendor"  # what only the tests load; it is served to nobody
SVG = "http://www.w3.org/2000/svg"
SAFE = " =:/,.-;'"
ICON, STEP = 24, 32  # the side of an icon and from one to the next on their sheet, in its units

Files = list[tuple[str, str, str, dict[str, str]]]
# package, version, folder, {file in the package: file here}
FILES: Files = [
    ("bootstrap", "5.3.9", "bootstrap", {"LICENSE": "LICENSE", "dist/css/bootstrap.min.css": "bootstrap.min.css"}),
    (
        "@fontsource-variable/inter",
        "5.3.0",
        "inter",
        {
            "LICENSE": "LICENSE",
            "files/inter-latin-opsz-normal.woff2": "inter-latin.woff2",
            "files/inter-latin-ext-opsz-normal.woff2": "inter-latin-ext.woff2",
        },
    ),
    (
        "@fontsource-variable/jetbrains-mono",
        "5.3.0",
        "jetbrains-mono",
        {"LICENSE": "LICENSE", "files/jetbrains-mono-latin-wght-normal.woff2": "jetbrains-mono-latin.woff2"},
    ),
    (
        "plotly.js-cartesian-dist-min",
        "4.1.1",  # the plotly.js that the Python package plotly of constraints.txt carries
        "plotly",
        {"LICENSE": "LICENSE", "plotly-cartesian.min.js": "plotly-cartesian.min.js"},
    ),
    (
        "regenerator-runtime",
        "0.14.1",  # Dash's own scripts ask for it by its global name
        "regenerator",
        {"LICENSE": "LICENSE", "runtime.js": "runtime.js"},
    ),
    ("morphdom", "2.7.8", "morphdom", {"LICENSE": "LICENSE", "dist/morphdom-umd.min.js": "morphdom.min.js"}),
    (
        "swagger-ui-dist",
        "5.35.0",
        "swagger-ui",
        {
            "LICENSE": "LICENSE",
            "NOTICE": "NOTICE",
            "swagger-ui-bundle.js.LICENSE.txt": "swagger-ui-bundle.js.LICENSE.txt",
            "swagger-ui.css": "swagger-ui.css",
            "swagger-ui-bundle.js": "swagger-ui-bundle.js",
        },
    ),
]
TEST_FILES: Files = [("axe-core", "4.14.1", "axe-core", {"LICENSE": "LICENSE", "axe.min.js": "axe.min.js"})]
# The name of a file that is not brought along; a browser with its tools open would ask for it in vain.
SOURCE_MAP = re.compile(rb"/\*# sourceMappingURL=\S+?\s*\*/|//# sourceMappingURL=\S+")

# Bootstrap is seven times as much as we have of it, and a browser asks all of its rules about each thing on a page.
PURGE = "purgecss@8.0.0"
KEPT = (
    "/^modal/, /^form-/, /^btn-close$/, 'fade', 'show'"  # classes of the parts of dash-bootstrap-components that we use
    ", 'abbr', 'blockquote', 'fieldset', 'iframe', 'ol', 'optgroup', 'pre', 'samp', 'strong', 'sup', 'tfoot', 'thead'"
    ", /^h[1-6]$/"  # elements, which Dash spells otherwise
)

ICONS = ("lucide-static", "1.62.0")
ICON_NAMES = """
activity arrow-left arrow-right arrow-up-right ban bookmark-plus bug calendar-days camera camera-off check
chevron-down chevron-left chevron-right chevron-up circle circle-alert circle-check circle-dashed circle-pause
circle-slash circle-x clock clock-alert columns-3 command copy corner-down-left cpu download ellipsis external-link
eye file-x filter flag gauge hand hourglass image image-off info keyboard layers list-checks list-filter loader-circle
log-out map-pin maximize minus monitor moon moon-star pause pencil play plus refresh-cw rotate-cw scan search server
server-off signal-high skip-forward sliders-horizontal square sun sun-moon tag timer trash-2 triangle-alert unplug
user wifi-off x zap
"""


def fetch(package: str, version: str, into: Path) -> tarfile.TarFile:
    """The package's archive, as npm hands it out."""
    command = ["npm", "pack", "--silent", "--pack-destination", str(into), f"{package}@{version}"]
    name = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1]
    return tarfile.open(into / name)


def take(archive: tarfile.TarFile, name: str) -> bytes:
    member = archive.extractfile(f"package/{name}")
    if member is None:
        raise FileNotFoundError(f"{name} is not a file in {archive.name}")
    return member.read()


def drawn(svg: bytes, at: int) -> str:
    """The shapes of an icon, so far to the right on the sheet."""
    drawing = ElementTree.fromstring(svg)
    shapes = "".join(ElementTree.tostring(shape, encoding="unicode").strip() for shape in drawing)
    shapes = shapes.replace(f' xmlns:ns0="{SVG}"', "").replace("ns0:", "").replace(" />", "/>")
    return f'<g transform="translate({at})">{shapes}</g>'


def sheet(pictures: dict[str, bytes]) -> str:
    """The rules of all icons: one picture, as a browser opens each as a document of its own, and the place of each.

    It is a mask, so that an icon takes the colour of the words beside it wherever it stands.
    """
    places = {name: STEP * number for number, name in enumerate(pictures)}
    width = STEP * (len(pictures) - 1) + ICON
    picture = (
        f'<svg xmlns="{SVG}" viewBox="0 0 {width} {ICON}" fill="none" stroke="black" stroke-width="2" '
        'stroke-linecap="round" stroke-linejoin="round">'
        f"{''.join(drawn(svg, places[name]) for name, svg in pictures.items())}</svg>"
    )
    image = f'mask-image: url("data:image/svg+xml,{quote(picture, safe=SAFE)}")'
    rules = [f".icon, .icon-after::after {{ {image}; mask-size: {100 * width / ICON:.4f}% 100%; }}"]
    rules += [f".icon-{name} {{ --icon: {100 * at / (width - ICON):.4f}%; }}" for name, at in places.items()]
    return "\n".join(rules)


def icons(temporary: Path) -> None:
    folder = VENDOR / "lucide"
    folder.mkdir(parents=True, exist_ok=True)
    with fetch(*ICONS, temporary) as archive:
        (folder / "LICENSE").write_bytes(take(archive, "LICENSE"))
        rules = sheet({name: take(archive, f"icons/{name}.svg") for name in sorted(ICON_NAMES.split())})
    version = " ".join(ICONS)
    (folder / "icons.css").write_text(f"/* {version}, see LICENSE; written by scripts/vendor.py */\n{rules}\n")


def bring(wanted: Files, place: Path, temporary: Path) -> None:
    """These files, each package's in its folder of the place."""
    for package, version, folder, files in wanted:
        (place / folder).mkdir(parents=True, exist_ok=True)
        with fetch(package, version, temporary) as archive:
            for inside, here in files.items():
                content = take(archive, inside)
                text = inside.endswith((".css", ".js"))
                (place / folder / here).write_bytes(SOURCE_MAP.sub(b"", content) if text else content)


def trim(temporary: Path) -> None:
    """Leave of Bootstrap's rules those of classes that our pages, or the components that they are made of, have."""
    sheet = VENDOR / "bootstrap" / "bootstrap.min.css"
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(temporary), PURGE]
    subprocess.run(command, check=True)
    script = f"""
        import {{ PurgeCSS }} from "purgecss";
        const [found] = await new PurgeCSS().purge({{
          css: [{json.dumps(str(sheet))}],
          content: {json.dumps([str(HOUSE / place) for place in ("dashboard/**/*.py", "assets/js/*.js")])},
          dynamicAttributes: ["data-bs-theme", "type", "multiple", "size", "disabled", "readonly"],
          safelist: {{ standard: [{KEPT}] }},
        }});
        process.stdout.write(found.css);
    """
    node = ["node", "--input-type=module", "--eval", script]
    sheet.write_bytes(subprocess.run(node, check=True, capture_output=True, cwd=temporary).stdout)


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        temporary = Path(name)
        bring(FILES, VENDOR, temporary)
        trim(temporary)
        bring(TEST_FILES, TOOLS, temporary)
        icons(temporary)
    return 0


if __name__ == "__main__":
    sys.exit(main())
