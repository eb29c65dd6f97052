"""The documentation site: built without a network, and a warning is an error."""

from __future__ import annotations

import re
import sys
from importlib import metadata
from pathlib import Path

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS.parent))

project = "lora-placer"
release = metadata.version(project)

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
default_role = "code"
highlight_language = "none"
myst_heading_anchors = 4

html_theme = "furo"
html_title = project
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False

autodoc_class_signature = "mixed"
autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_preserve_defaults = True
autodoc_typehints = "none"
napoleon_google_docstring = False
napoleon_use_param = False
napoleon_use_rtype = False
nitpick_ignore = [  # what nobody has to import
    ("py:class", "RunningEngines"),
    ("py:exc", "Stopped"),
]


def take_along(app: Sphinx, name: str, source: list[str]) -> None:
    """Links to files outside the documents, which the site does not show: they go with it."""
    folder = Path(app.env.doc2path(name)).parent

    def target(link: re.Match[str]) -> str:
        inside = (folder / link[1]).resolve().is_relative_to(DOCS)
        return link[0] if inside else f"](path:{link[1]})"

    source[0] = re.sub(r"\]\((\.\./[^)#]+)\)", target, source[0])


def setup(app: Sphinx) -> None:
    """Take files along, and show the tables of the examples as they are."""
    app.connect("source-read", take_along)
    app.add_lexer("csv", TextLexer)
