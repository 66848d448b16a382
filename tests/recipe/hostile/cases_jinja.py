"""Jinja in every field and in the class: a recipe is data, and no part of it is a template."""

from __future__ import annotations

from hostile_case import Case, in_recipe, in_template

JINJA = [
    in_recipe("arithmetic in the title", "title: My gate", 'title: "{{ 7 * 7 }}"', 3, "'{{'"),
    in_recipe("classes", "title: My gate", "title: \"{{ ''.__class__.__mro__[1].__subclasses__() }}\"", 3, "'{{'"),
    in_recipe("include", "title: My gate", "title: \"{% include '/etc/passwd' %}\"", 3, "'{%'"),
    in_recipe("import", "kind: channel gate", "kind: \"{% import 'os' as os %}\"", 6, "'{%'"),
    in_recipe("extends", "kind: channel gate", "kind: \"{% extends 'module.py.j2' %}\"", 6, "'{%'"),
    in_recipe("comment", "title: My gate", 'title: "{# My gate #}"', 3, "'{#'"),
    in_recipe("loop", "formula: y = x * sigmoid(W mean(x))",
              'formula: "{% for i in range(10**9) %}x{% endfor %}"', 7, "'{%'", limited=True),
    in_recipe("nested loops", "[a note]",
              '["{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"]', 18, "'{%'",
              limited=True),
    in_recipe("long text", "[a note]", "[\"{{ 'a' * 10**9 }}\"]", 18, "'{{'", limited=True),
    in_recipe("huge power", "title: My gate", 'title: "{{ 9**9**9 }}"', 3, "'{{'", limited=True),
    in_recipe("cycler", "title: My gate",
              "title: \"{{ cycler.__init__.__globals__.os.popen('touch canary').read() }}\"", 3, "'{{'"),
    in_recipe("lipsum", "title: My gate",
              "title: \"{{ lipsum.__globals__['os'].system('touch canary') }}\"", 3, "'{{'"),
    in_recipe("joiner", "[a note]", "[\"{{ joiner.__init__.__globals__ }}\"]", 18, "'{{'"),
    in_recipe("namespace", "[a note]", "[\"{{ namespace.__init__.__globals__ }}\"]", 18, "'{{'"),
    in_recipe("self", "title: My gate", 'title: "{{ self._TemplateReference__context }}"', 3, "'{{'"),
    in_recipe("undefined", "title: My gate", 'title: "{{ undefined_variable }}"', 3, "'{{'"),
    in_recipe("format filter", "title: My gate", "title: \"{{ '%s' | format(config) }}\"", 3, "'{{'"),
    in_recipe("format string", "title: My gate", "title: \"{{ '{0.__class__}'.format(1) }}\"", 3, "'{{'"),
    in_recipe("in the paper's title", '"A paper"', '"{{ class_code }}"', 10, "'{{'"),
    in_recipe("in a help", "help: a rate", 'help: "{{ marker }}"', 13, "'{{'"),
    in_recipe("in an alias", "[my-gate]", '["{{ x }}"]', 9, "'{{'"),
    in_recipe("in the name", "name: mine", 'name: "{{ x }}"', 1, "'{{'"),
    in_recipe("in the class's name", "class: MyGate", 'class: "{{ imports }}"', 4, "'{{'"),
    in_recipe("in the template's name", "template: mine.py", "template: \"{% include '../../x' %}\"", 5, "'{%'"),
    in_recipe("as the template", "template: mine.py", "template: branch.py.j2", 5, "template may not be"),
    in_recipe("in an expression", "C * C + bias * C", '"{{ 9**9**9 }}"', 8, "'{{'", limited=True),
    in_recipe("in a condition", "when: h < 999", 'when: "{{ true }}"', 17, "'{{'"),
    in_recipe("in a message", '"{h} units at {C}"', '"{{ ().__class__ }}"', 17, "'{{'"),
    in_recipe("in the position", "position: head", 'position: "{{ head }}"', 14, "'{{'"),
    in_recipe("in a key", "  rate: {", '  "{{ rate }}": {', 13, "'{{'"),
    in_recipe("attribute in a message", "{h} units", "{h.__class__.__mro__}", 17, "may not contain Attribute"),
    in_recipe("index in a message", "{h} units", "{h[0]}", 17, "may not contain Subscript"),
    in_recipe("conversion in a message", "{h} units", "{h!r:>999999999}", 17, "not an expression", limited=True),
    in_recipe("width in a message", "{h} units", "{h:>999999999}", 17, "not an expression", limited=True),
    in_recipe("positional in a message", "{h} units", "{} units", 17, "not an expression"),
    in_template("for the class's name", "class MyGate(nn.Module)", "class {{ name }}(nn.Module)", 6, "does not parse"),
    in_template("statement in the class's file", "from torch import nn", "{% import 'os' %}", 3, "does not parse"),
    in_template("expression in the class's file", "from torch import nn",
                "from torch import nn\n{{ cycler.__init__.__globals__ }}", 4, "neither import nor class"),
]  # fmt: skip

JINJA_FILES = [
    Case("a whole Jinja file as the class", "does not parse", 1, blamed="mine.py",
         template="{% for i in range(10**9) %}x{% endfor %}", limited=True),
]  # fmt: skip
