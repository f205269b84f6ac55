"""Swift source with everything blanked that is not code, so that a rule never trips over a comment or a string."""

import re

_NOT_CODE = re.compile(
    r"""
      //[^\n]*
    | /\*.*?\*/
    | (?P<long>\#*)\"{3}.*?\"{3}(?P=long)
    | (?P<raw>\#+)".*?"(?P=raw)
    | "(?:\\.|[^"\\\n])*"
    """,
    re.DOTALL | re.VERBOSE,
)
_LINE_CONTENT = re.compile(r"[^\n]")


def code_lines(text: str) -> list[str]:
    """The lines of `text`, comments and literals replaced by spaces."""
    return _NOT_CODE.sub(lambda match: _LINE_CONTENT.sub(" ", match.group()), text).split("\n")
