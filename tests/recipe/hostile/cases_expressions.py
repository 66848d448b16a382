"""Expressions, values and texts of a recipe that compute, grow, or break out of where they are written."""

from __future__ import annotations

from hostile_case import SING, Case, in_recipe


def _formula(name: str, expression: str, part: str, *, limited: bool = False) -> Case:
    quoted = "'" + expression.replace("'", "''") + "'"
    return in_recipe(name, "C * C + bias * C", quoted, 8, part, limited=limited)


def _when(name: str, expression: str, part: str) -> Case:
    quoted = "'" + expression.replace("'", "''") + "'"
    return in_recipe(name, "when: h < 999", f"when: {quoted}", 17, part)


def _title(name: str, yaml_text: str, part: str) -> Case:
    return in_recipe(f"title with {name}", "title: My gate", f"title: {yaml_text}", 3, part)


def _rate(name: str, before: str, after: str, part: str) -> Case:
    return in_recipe(name, before, after, 13, part)


EXPRESSIONS = [
    _formula("call", SING, "may not contain Call"),
    _formula("import", "__import__('os').system('touch canary')", "may not contain Call"),
    _formula("attribute", "C.__class__", "may not contain Attribute"),
    _formula("subscript", "C[0]", "may not contain Subscript"),
    _formula("lambda", f"(lambda: {SING})()", "may not contain Call"),
    _formula("comprehension", "[C for i in C]", "may not contain ListComp"),
    _formula("walrus", "(C := 1)", "may not contain NamedExpr"),
    _formula("f-string", f'f"{{{SING}}}"', "may not contain JoinedStr"),
    _formula("await", "await C", "may not contain Await"),
    _formula("statement", "import os", "not an expression"),
    _formula("two statements", "C; C", "not an expression"),
    _formula("repeated text", "'a' * 10 ** 9", "may not contain Constant", limited=True),
    _formula("repeated list", "[C] * 10 ** 9", "may not contain List", limited=True),
    _formula("power tower", "9 ** 9 ** 9", "exponent must be", limited=True),
    _formula("power tower of names", "C ** (C ** C)", "out of range", limited=True),
    _formula("shift", "1 << 10 ** 9", "may not contain LShift", limited=True),
    _formula("large product", "C ** 16", "out of range"),
    _formula("doubling", " * ".join(["C"] * 40), "out of range"),
    _formula("digits", "9" * 400, "may not contain Constant", limited=True),
    _formula("more digits", "9" * 900, "too long", limited=True),
    _formula("chain of comparisons", "C" + " < C" * 120, "too long"),
    _formula("chain of signs", "-" * 480 + "C", "too long", limited=True),
    _formula("parentheses", "(" * 240 + "C" + ")" * 240, "not an expression", limited=True),
    _formula("long expression", "C + " * 240 + "C", "too long"),
    _formula("more than a line holds", "C + " * 9000 + "C", "longer than", limited=True),
    _formula("starred", "max(*C, 1)", "may not contain Call"),
    _formula("keyword", "max(C, 1, key=C)", "may not contain Call"),
    _formula("another function", "pow(C, 99999999, 7)", "may not contain Call"),
    _formula("unknown name", "__builtins__", "unknown name"),
    _formula("division by zero", "C // (rate - 4)", "divides by zero"),
    _formula("a look-alike call", "ｏｐｅｎ(C, C)", "may not contain Call"),
    _when("call in a condition", SING, "may not contain Call"),
    _when("division by zero in a condition", "C % (rate - 4) == 0", "divides by zero"),
    _when("unknown name in a condition", "os", "unknown name 'os'"),
    in_recipe("division by zero in a size", "C // rate", "C // (rate - 4)", 15, "divides by zero"),
    in_recipe("size of itself", "C // rate", "C // h", 15, "unknown name 'h'"),
    in_recipe("call in a size", "max(C // rate, 1)", "open(C, C)", 15, "may not contain Call"),
    in_recipe("call in a message", "{h} units", "{print(h)}", 17, "may not contain Call"),
    in_recipe("division by zero in a message", "{h} units", "{h // (rate - 4)} units", 17, "divides by zero"),
    in_recipe("braces in braces", "{h} units", "{h} {units", 17, "unbalanced braces"),
    in_recipe("power in a message", "{h} units", "{9 ** 9 ** 9} units", 17, "exponent must be", limited=True),
]

VALUES = [
    _rate("default is a text", "default: 4", "default: '4'", "must be an integer"),
    _rate("default is code", "default: 4", f'default: "{SING}"', "must be an integer"),
    _rate("default is a list", "default: 4", "default: [4]", "must be an integer"),
    _rate("default is a float", "default: 4", "default: 4.5", "must be an integer"),
    _rate("default is a bool", "default: 4", "default: true", "must be an integer"),
    _rate("default is null", "default: 4", "default: null", "must be an integer"),
    _rate("default is out of range", "default: 4", "default: 65", "default is not 1 to 64"),
    _rate("type is a class", "type: int", "type: object", "int, float or bool"),
    _rate("type is code", "type: int", f'type: "{SING}"', "int, float or bool"),
    _rate("bound is a text", "max: 64", "max: x", "must be an integer"),
    _rate("no mapping", "{type: int, default: 4, min: 1, max: 64, help: a rate}", "4", "must be a mapping"),
    in_recipe("default is yes", "default: false", "default: yes", 12, "true or false"),
    in_recipe("position is a path", "position: head", "position: ../head", 14, "not understood"),
    in_recipe("position is code", "position: head", f'position: "{SING}"', 14, "not understood"),
    in_recipe("position picks the huge", "position: head", "position: 'after:C2f[9**9]'", 14, "not understood"),
]

TEXTS = [
    _title(
        "the docstring's end", f'\'"""; {SING}; """\''.replace("'canary', 'w'", '"canary", "w"'), 'may not contain """'
    ),
    _title("the docstring's end at its end", '\'a"""\'', 'may not contain """'),
    _title("a backslash at its end", "'a\\'", "may not contain \\"),
    _title("an escape", "'\\N{BELL}'", "may not contain \\"),
    _title("a newline", f'"a\\n{SING}"', "control characters"),
    _title("a carriage return", f'"a\\r{SING}"', "control characters"),
    _title("a line separator", '"a\\u2028b"', "control characters"),
    _title("a next line", '"a\\Nb"', "control characters"),
    _title("a form feed", '"a\\fb"', "control characters"),
    _title("NUL", '"a\\0b"', "control characters"),
    _title("a terminal's escape", '"a\\e[2J"', "control characters"),
    _title("an override of direction", '"a\\u202eb"', "control characters"),
    _title("an isolate of direction", '"a\\u2066b"', "control characters"),
    _title("no width", '"a\\u200bb"', "control characters"),
    _title("half a character", '"a\\ud800b"', ""),
    _title("a forged marker", "'x  # yolo-patcher se-head-000000'", "# yolo-patcher"),
    _title("10,000 characters", "a" * 10_000, "longer than"),
    _title("nothing", '"  "', "one line of text"),
    in_recipe("formula with a newline", "y = x * sigmoid(W mean(x))", '"y\\nimport os"', 7, "control characters"),
    in_recipe("paper with a newline", '"A paper"', '"A\\npaper"', 10, "control characters"),
    in_recipe("message with a newline", '"{h} units at {C}"', '"{h}\\nimport os"', 17, "control characters"),
    in_recipe("message with a forged marker", "{h} units", "{h} # yolo-patcher x", 17, "# yolo-patcher"),
    in_recipe("note that clears the screen", "[a note]", '["\\e[2J"]', 18, "control characters"),
]
