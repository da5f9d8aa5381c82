"""Holds the YAML that is shipped against the JSON Schemas in config/schema, and shows that they refuse what is wrong.

    python3 validate_schemas.py ROOT

Needs python3-yaml and python3-jsonschema. Editors read the schemas; the program has checks of its own.
"""

import json
import pathlib
import re
import sys

import jsonschema
import yaml


class Yaml12(yaml.SafeLoader):
    """What YAML 1.2 and the program understand: no dates, no yes and no, no sexagesimal numbers; keys are texts."""

    yaml_implicit_resolvers = {}

    def construct_mapping(self, node, deep=False):
        return {key.value: self.construct_object(value, deep=True) for key, value in node.value}


Yaml12.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
Yaml12.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|)$"), ["~", "n", ""])
Yaml12.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?[0-9]+$"), list("-+0123456789"))
Yaml12.add_constructor(
    "tag:yaml.org,2002:map", lambda loader, node: loader.construct_mapping(node, deep=True)
)

RULE = """
title: Requests are refused
id: 11111111-2222-4333-8444-555555555501
name: MY-REFUSED
status: stable
level: high
date: 2026-11-22
logsource: {product: mine, service: app}
detection:
  plain: {Message|contains: request refused}
  condition: plain
x-cmgmon:
  version: 1
  event_id: 1501
  context: [{name: flag, detection: {Message|contains: the flag is}, same: thread}]
  extract: [{re: 'by (?P<gate>.+)', types: {gate: {type: url, parts: {host: server}}}}]
  group-by: [gate]
  diagnosis: [{when: {gate: {not: a}}, cause: A cause., resolution: [Do it.]}]
  clear: {quiet: 24h, recovery: [{name: good, detection: {Message|contains: accepted}}]}
"""
PACK = "pack: mine\nversion: 1.0.0\nformat: cmgmon/pack/1\nservices: {app: {files: ['a*.log']}}\n"
TEST = """
rule: MY-REFUSED
tests:
  - name: it
    service: app
    lines: [a, {at: 5s, message: b}]
    expect: [{signature: MY-REFUSED, state: firing}]
"""
SETTINGS = "version: 1\nlog: {level: info, files: 5}\nsinks: {journal: {type: jsonl}}\nsources: [{service: a, path: b}]\n"
SETTINGS += "rules: {MY-REFUSED: {enabled: false, quiet: never}}\n"
RIGHT = {"rule": RULE, "pack": PACK, "test": TEST, "cmgmon": SETTINGS}

# (schema, what is replaced, by what): each makes a right file wrong.
WRONG = [
    ("rule", "title: Requests", "titel: Requests"),
    ("rule", "name: MY-REFUSED\n", ""),
    ("rule", "MY-REFUSED", "my refused"),
    ("rule", "555555555501", "1"),
    ("rule", "level: high", "level: hgih"),
    ("rule", "status: stable", "status: good"),
    ("rule", "2026-11-22", "yesterday"),
    ("rule", ", service: app", ""),
    ("rule", "  condition: plain\n", ""),
    ("rule", "{Message|contains: request refused}", "{}"),
    ("rule", "version: 1\n", "version: 2\n"),
    ("rule", "event_id: 1501", "event_id: 999"),
    ("rule", "event_id: 1501", "event_id: 2000"),
    ("rule", "event_id: 1501", "event-id: 1501"),
    ("rule", "same: thread", "same: line"),
    ("rule", "type: url", "type: uri"),
    ("rule", "{host: server}", "{hots: server}"),
    ("rule", "re: 'by", "regex: 'by"),
    ("rule", "{not: a}", "{nto: a}"),
    ("rule", "cause: A cause., ", ""),
    ("rule", "when: {gate: {not: a}}, ", ""),
    ("rule", "quiet: 24h", "quiet: 24 hours"),
    ("rule", "name: good, ", ""),
    ("pack", "pack: mine\n", ""),
    ("pack", "pack/1", "pack/2"),
    ("pack", "files: ['a*.log']", "files: ['logs/a*.log']"),
    ("pack", "files: ['a*.log']", "title: A"),
    ("pack", "{app:", "{My-App:"),
    ("pack", "version:", "verison:"),
    ("test", "tests:", "test:"),
    ("test", "name: it\n    ", ""),
    ("test", "    expect: [{signature: MY-REFUSED, state: firing}]\n", ""),
    ("test", "state: firing", "state: burning"),
    ("test", "signature: MY-REFUSED, ", ""),
    ("test", "at: 5s", "at: soon"),
    ("test", "service: app", "envelope: xml"),
    ("cmgmon", "version: 1", "version: 2"),
    ("cmgmon", "level: info", "level: loud"),
    ("cmgmon", "files: 5", "files: 0"),
    ("cmgmon", "type: jsonl", "type: json"),
    ("cmgmon", "service: a, ", ""),
    ("cmgmon", "sources:", "source:"),
    ("cmgmon", "enabled: false", "enable: false"),
    ("cmgmon", "quiet: never", "quiet: always"),
]


def documents(text):
    return [document for document in yaml.load_all(text, Yaml12) if document is not None]


def main(root):
    failures = []

    validators = {}
    for name in RIGHT:
        schema = json.loads((root / "config/schema" / f"{name}.schema.json").read_text("utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        validators[name] = jsonschema.Draft202012Validator(schema)

    def hold(name, text, where):
        for document in documents(text):
            for error in validators[name].iter_errors(document):
                failures.append(f"{where}: {'/'.join(map(str, error.absolute_path))}: {error.message[:300]}")

    files = [(root / "config/cmgmon.yaml", "cmgmon")]
    for pack in sorted((root / "config/packs").iterdir()):
        files += [(path, "pack" if path.name == "pack.yaml" else "rule") for path in sorted(pack.glob("*.yaml"))]
        files += [(path, "test") for path in sorted(pack.glob("tests/*.yaml"))]
    for path, name in files:
        hold(name, path.read_text("utf-8"), path.relative_to(root))
    for name, text in RIGHT.items():
        hold(name, text, f"the right {name} here")

    for name, what, by in WRONG:
        assert what in RIGHT[name], (name, what)
        text = RIGHT[name].replace(what, by, 1)
        if all(validators[name].is_valid(document) for document in documents(text)):
            failures.append(f"{name}.schema.json takes {by!r} in place of {what!r}")

    for failure in failures:
        print(failure)
    print(f"{len(files)} shipped files, {len(WRONG)} wrong ones, {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
