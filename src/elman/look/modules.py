"""JavaScript in one piece: a module and all that it imports, which a page holds inside.

The files are plain ES modules, of which a browser, an editor or node reads each as it is. In a page every file becomes
a function that returns what the file exports, behind the files that it imports. Three forms are known, each at a line's
start: `import {a, b} from "./other.js";`, `import "./own.css";`, and `export` before a function, class or const.
"""

from __future__ import annotations

import re
from pathlib import Path

IMPORT = re.compile(r'^import (?:\{([^}"]*)\} from )?"(\.[^"]+)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export ((?:async )?(?:function\*?|class|const) (\w+))", re.MULTILINE)


def bundled(*entries: Path) -> tuple[str, str]:
    """The script and the style of modules and of all that they import, each file once, in the order of imports."""
    scripts: list[str] = []
    styles: list[str] = []
    names: dict[Path, str] = {}

    def take(path: Path) -> str:
        """The name of a file's function."""
        if path in names:
            return names[path]
        names[path] = name = f"file{len(names)}"
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".css":
            styles.append(text)
            return name
        exports = ", ".join(found[2] for found in EXPORT.finditer(text))
        body = EXPORT.sub(r"\1", IMPORT.sub(lambda found: given(found, path), text))
        scripts.append(f"const {name} = (() => {{\n{body}return {{{exports}}};\n}})();")
        return name

    def given(found: re.Match[str], path: Path) -> str:
        name = take((path.parent / found[2]).resolve())
        return f"const {{{found[1].strip()}}} = {name};\n" if found[1] else ""

    for entry in entries:
        take(entry.resolve())
    return "\n".join(scripts), "\n".join(styles)
