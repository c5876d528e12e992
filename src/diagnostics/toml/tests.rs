use super::*;
use crate::diagnostics::{Diagnostic, Report, SourceFile, duplicate_id};
use insta::assert_snapshot;
use rstest::rstest;

static SERVER: TableSpec = TableSpec {
    name: "server",
    doc: "Where to listen.",
    keys: &[
        Key::new("listen", Kind::Text, "An address.").default("\"127.0.0.1:8080\""),
        Key::new("timeout", Kind::Duration, "How long a request may take.").default("\"30s\""),
        Key::new("max_body", Kind::Size, "The largest body.").example("\"1MiB\""),
        Key::new("depth", Kind::Integer, "How deep."),
        Key::new("ratio", Kind::Float, "How much."),
        Key::new("tls", Kind::Bool, "Whether."),
        Key::new("format", Kind::OneOf(&["human", "json"]), "How a|b."),
        Key::new("urls", Kind::Texts, "Where to."),
        Key::new("ports", Kind::List(&Kind::Integer), "Which."),
    ],
    free: false,
};
static RULE: TableSpec = TableSpec {
    name: "rule.NAME",
    doc: "A rule, which may hold rules.",
    keys: &[
        Key::new("ldap", Kind::Text, "An attribute."),
        Key::new("sub", Kind::Map(&Kind::AnyOf(&[Kind::Text, Kind::Table(&RULE)])), "Rules below."),
    ],
    free: false,
};
static ROOT: TableSpec = TableSpec {
    name: "file",
    doc: "All of it.",
    keys: &[
        Key::new("server", Kind::Table(&SERVER), "The server."),
        Key::new("rule", Kind::Map(&Kind::AnyOf(&[Kind::Text, Kind::Table(&RULE)])), "Rules by name."),
        Key::new("open", Kind::Table(&OPEN), "Anything."),
    ],
    free: false,
};
static OPEN: TableSpec = TableSpec { name: "open", doc: "Free.", keys: &[], free: true };

fn parse(text: &str) -> Result<Document, Diagnostic> {
    Document::parse(SourceFile::new("f.toml", text))
}

fn check(text: &str) -> Report {
    let mut report = Report::new();
    match parse(text) {
        Ok(document) => document.root.check(&ROOT, &mut report),
        Err(finding) => report.push(finding),
    }
    report.sorted()
}

#[test]
fn ids_are_unique() {
    assert_eq!(duplicate_id(codes::ALL), None);
}

#[test]
fn every_mistake_at_once_and_where_it_stands() {
    let text = "# settings\n[server]\nlisen = \"x\"\ntimeout = \"5 weeks\"\nmax_body = -1\ndepth = \"3\"\nratio = true\ntls = 1\n\
        format = \"jsn\"\nurls = [\"a\", 2]\nports = [1, \"ü\", 'b']\n\n[rule]\na = \"x\"\nb = { ldap = 5, sub.c.ldpa = \"x\" }\n\
        c.sub.d.ldap = false\n[open]\nwhatever = 1\n[srever]\n";
    assert_snapshot!(check(text), @r##"
    error[T002]: unknown key `lisen` in `server`
      --> f.toml:3:1
       |
     3 | lisen = "x"
       | ^^^^^ no such key here
       |
       = help: did you mean `listen`?

    error[T006]: `server.timeout`: not a duration
      --> f.toml:4:11
       |
     4 | timeout = "5 weeks"
       |           ^^^^^^^^^
       |
       = help: write "250ms", "5s" or "2m"

    error[T006]: `server.max_body`: not a size
      --> f.toml:5:12
       |
     5 | max_body = -1
       |            ^^
       |
       = help: write bytes, or a number with a unit: "64KiB", "1MiB"

    error[T003]: `server.depth`: expected an integer, found a string
      --> f.toml:6:9
       |
     6 | depth = "3"
       |         ^^^ this is a string
       |
       = help: write it without quotes

    error[T003]: `server.ratio`: expected a number, found a boolean
      --> f.toml:7:9
       |
     7 | ratio = true
       |         ^^^^ this is a boolean

    error[T003]: `server.tls`: expected true or false, found an integer
      --> f.toml:8:7
       |
     8 | tls = 1
       |       ^ this is an integer

    error[T004]: `server.format`: `jsn` is none of the choices
      --> f.toml:9:10
       |
     9 | format = "jsn"
       |          ^^^^^ expected `human` or `json`
       |
       = help: did you mean `json`?

    error[T003]: `server.urls[1]`: expected a string, found an integer
       --> f.toml:10:14
        |
     10 | urls = ["a", 2]
        |              ^ this is an integer
        |
        = help: put it in quotes

    error[T003]: `server.ports[1]`: expected an integer, found a string
       --> f.toml:11:13
        |
     11 | ports = [1, "ü", 'b']
        |             ^^^ this is a string

    error[T003]: `server.ports[2]`: expected an integer, found a string
       --> f.toml:11:18
        |
     11 | ports = [1, "ü", 'b']
        |                  ^^^ this is a string

    error[T003]: `rule.b.ldap`: expected a string, found an integer
       --> f.toml:15:14
        |
     15 | b = { ldap = 5, sub.c.ldpa = "x" }
        |              ^ this is an integer
        |
        = help: put it in quotes

    error[T002]: unknown key `ldpa` in `rule.b.sub.c`
       --> f.toml:15:23
        |
     15 | b = { ldap = 5, sub.c.ldpa = "x" }
        |                       ^^^^ no such key here
        |
        = help: did you mean `ldap`?

    error[T003]: `rule.c.sub.d.ldap`: expected a string, found a boolean
       --> f.toml:16:16
        |
     16 | c.sub.d.ldap = false
        |                ^^^^^ this is a boolean
        |
        = help: put it in quotes

    error[T002]: unknown key `srever`
       --> f.toml:19:2
        |
     19 | [srever]
        |  ^^^^^^ no such key here
        |
        = help: did you mean `server`?
    "##);
}

#[rstest]
#[case("a = \n")]
#[case("a = \"unterminated\nb = 1\n")]
#[case("a = 1\na = 2\n")]
#[case("[a]\n[a]\n")]
#[case("a = 99999999999999999999\n")]
#[case("= 1")]
#[case("a = {")]
fn what_is_not_toml_has_a_place(#[case] text: &str) {
    let finding = parse(text).unwrap_err();
    assert_eq!(finding.code.id, "T001");
    assert!(!finding.message.is_empty());
    assert!(finding.span.is_some());
}

#[rstest]
#[case("server.listen = 5", "server.listen", "listen", "5")]
#[case("[server]\nlisten = 5", "server.listen", "listen", "5")]
#[case("server = { \"listen\" = 5 }", "server.listen", "\"listen\"", "5")]
#[case("[rule.a]\nsub.b.ldap = 5", "rule.a.sub.b.ldap", "ldap", "5")]
#[case("[rule.a.sub]\nb = 'x y'", "rule.a.sub.b", "b", "'x y'")]
fn dotted_keys_keep_their_places(#[case] text: &str, #[case] path: &str, #[case] key: &str, #[case] value: &str) {
    let document = parse(text).unwrap();
    let mut parts = path.split('.');
    let mut node = document.root.get(parts.next().unwrap()).unwrap();
    for part in parts {
        node = node.as_table().unwrap().get(part).unwrap();
    }
    assert_eq!((node.path.as_str(), node.key_span.text(), node.span.text()), (path, key, value));
}

#[rstest]
#[case("[a.b]", "[a.b]")]
#[case("a = { b = {} }", "{}")]
#[case("[a]\nb.c = 1", "b")]
#[case("a.b.c = 1", "b")]
fn tables_have_a_place(#[case] text: &str, #[case] place: &str) {
    let document = parse(text).unwrap();
    let table = document.root.get("a").unwrap().as_table().unwrap().get("b").unwrap().as_table().unwrap();
    assert_eq!((table.span.text(), table.path.as_str()), (place, "a.b"));
}

#[test]
fn the_order_of_the_file_is_kept() {
    let document = parse("z = 1\na.y = 1\nm = 1\na.b = 2\n[c]\n[b]\n").unwrap();
    let keys = |table: &Table| table.iter().map(|node| node.key.clone()).collect::<Vec<_>>().join(" ");
    assert_eq!(keys(&document.root), "z a m c b");
    assert_eq!(keys(document.root.get("a").unwrap().as_table().unwrap()), "y b");
}

#[test]
fn getters_report_instead_of_failing() {
    let document =
        parse("text = 'a'\nnumber = 0x10\nflag = true\nlist = ['a', 1]\nday = 2026-01-01\n[table]\n").unwrap();
    let (root, mut report) = (&document.root, Report::new());
    assert_eq!(root.string("text", &mut report), Some("a"));
    assert_eq!(root.integer("number", &mut report), Some(16));
    assert_eq!(root.bool("flag", &mut report), Some(true));
    assert_eq!(root.list("list", &mut report).unwrap().len(), 2);
    assert!(root.table("table", &mut report).unwrap().is_empty());
    assert_eq!(root.strings("text", &mut report).unwrap()[0].0, "a");
    assert_eq!(root.string("absent", &mut report), None);
    assert!(report.is_empty());
    assert_eq!(root.string("number", &mut report), None);
    assert_eq!(root.string("number", &mut report), None);
    assert_eq!(root.integer("text", &mut report), None);
    assert_eq!(root.bool("table", &mut report), None);
    assert_eq!(root.strings("list", &mut report).unwrap().len(), 1);
    assert_eq!(root.table("day", &mut report), None);
    assert!(root.required("absent", &mut report).is_none());
    let messages: Vec<_> = report.iter().map(|d| d.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "`number`: expected a string, found an integer",
            "`text`: expected an integer, found a string",
            "`table`: expected true or false, found a table",
            "`list[1]`: expected a string, found an integer",
            "`day`: expected a table, found a date",
            "the file needs a key `absent`",
        ]
    );
}

#[test]
fn a_secret_can_be_blotted_out() {
    let shown = SourceFile::new("f.toml", "password = \"******\"\n");
    let document = Document::parse_shown_as("password = \"secret\"\n", shown).unwrap();
    let node = document.root.get("password").unwrap();
    assert_eq!((node.as_str(), node.span.text()), (Some("secret"), "\"******\""));
}

#[test]
fn the_schema_and_the_reference_say_the_same() {
    assert_snapshot!(serde_json::to_string_pretty(&json_schema(&ROOT)).unwrap(), @r##"
    {
      "$defs": {
        "file": {
          "additionalProperties": false,
          "description": "All of it.",
          "properties": {
            "open": {
              "$ref": "#/$defs/open",
              "description": "Anything."
            },
            "rule": {
              "additionalProperties": {
                "anyOf": [
                  {
                    "type": "string"
                  },
                  {
                    "$ref": "#/$defs/rule.NAME"
                  }
                ]
              },
              "description": "Rules by name.",
              "type": "object"
            },
            "server": {
              "$ref": "#/$defs/server",
              "description": "The server."
            }
          },
          "type": "object"
        },
        "open": {
          "additionalProperties": true,
          "description": "Free.",
          "properties": {},
          "type": "object"
        },
        "rule.NAME": {
          "additionalProperties": false,
          "description": "A rule, which may hold rules.",
          "properties": {
            "ldap": {
              "description": "An attribute.",
              "type": "string"
            },
            "sub": {
              "additionalProperties": {
                "anyOf": [
                  {
                    "type": "string"
                  },
                  {
                    "$ref": "#/$defs/rule.NAME"
                  }
                ]
              },
              "description": "Rules below.",
              "type": "object"
            }
          },
          "type": "object"
        },
        "server": {
          "additionalProperties": false,
          "description": "Where to listen.",
          "properties": {
            "depth": {
              "description": "How deep.",
              "type": "integer"
            },
            "format": {
              "description": "How a|b.",
              "enum": [
                "human",
                "json"
              ]
            },
            "listen": {
              "default": "127.0.0.1:8080",
              "description": "An address.",
              "type": "string"
            },
            "max_body": {
              "description": "The largest body.",
              "examples": [
                "1MiB"
              ],
              "minimum": 0,
              "pattern": "^\\s*[0-9]+\\s*(B|[kMG]B|[KMG]iB)?\\s*$",
              "type": [
                "integer",
                "string"
              ]
            },
            "ports": {
              "description": "Which.",
              "items": {
                "type": "integer"
              },
              "type": "array"
            },
            "ratio": {
              "description": "How much.",
              "type": "number"
            },
            "timeout": {
              "default": "30s",
              "description": "How long a request may take.",
              "pattern": "^\\s*[0-9]+\\s*(ms|s|m|min|h|d)\\s*$",
              "type": "string"
            },
            "tls": {
              "description": "Whether.",
              "type": "boolean"
            },
            "urls": {
              "description": "Where to.",
              "items": {
                "type": "string"
              },
              "type": [
                "string",
                "array"
              ]
            }
          },
          "type": "object"
        }
      },
      "$ref": "#/$defs/file",
      "$schema": "https://json-schema.org/draft/2020-12/schema"
    }
    "##);
    assert_snapshot!(markdown(&ROOT), @r##"
    ## `file`

    All of it.

    | Key | Takes | Default | Meaning |
    |---|---|---|---|
    | `server` | table [`server`](#server) |  | The server. |
    | `rule` | tables by name: string or table [`rule.NAME`](#rulename) |  | Rules by name. |
    | `open` | table [`open`](#open) |  | Anything. |

    ## `server`

    Where to listen.

    | Key | Takes | Default | Meaning |
    |---|---|---|---|
    | `listen` | string | `"127.0.0.1:8080"` | An address. |
    | `timeout` | duration | `"30s"` | How long a request may take. |
    | `max_body` | size |  | The largest body. Example: `"1MiB"` |
    | `depth` | integer |  | How deep. |
    | `ratio` | number |  | How much. |
    | `tls` | true or false |  | Whether. |
    | `format` | `human` or `json` |  | How a\|b. |
    | `urls` | string or list of strings |  | Where to. |
    | `ports` | list: integer |  | Which. |

    ## `rule.NAME`

    A rule, which may hold rules.

    | Key | Takes | Default | Meaning |
    |---|---|---|---|
    | `ldap` | string |  | An attribute. |
    | `sub` | tables by name: string or table [`rule.NAME`](#rulename) |  | Rules below. |

    ## `open`

    Free.
    "##);
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_fail(text in "[ -~\\n\\tüé漢]{0,80}") {
        let _ = check(&text).render(true);
    }

    #[test]
    fn spans_of_nodes_stand_for_their_values(keys in proptest::collection::btree_map("[a-z]{1,6}", "[a-zé漢]{0,6}", 0..6)) {
        let text: String = keys.iter().map(|(k, v)| format!("{k} = \"{v}\" # é\n")).collect();
        for node in &parse(&text).unwrap().root {
            proptest::prop_assert_eq!(node.key_span.text(), &node.key);
            proptest::prop_assert_eq!(node.span.text().trim_matches('"'), &keys[&node.key]);
        }
    }
}
