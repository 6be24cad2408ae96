//! What values a schema takes and refuses.

use super::super::read::read;
use super::Schema;

/// What all patterns take together when they are compiled.
#[test]
fn patterns_together_have_a_bound_on_what_they_take() {
    let schema = |patterns: usize| {
        let patterns: Vec<String> = (0..patterns).map(|n| format!(r#""\\pL{{60}}{n}": true"#)).collect();
        Schema::compile(read(format!(r#"{{"patternProperties": {{{}}}}}"#, patterns.join(", ")).as_bytes()).unwrap())
    };
    assert!(schema(2).is_ok());
    let e = schema(40).expect_err("it is too large");
    assert!(e.contains("all patterns of a schema have 4194304 bytes at most when compiled"), "{e}");
}

/// Schema, values that pass, values that fail.
const CASES: &[(&str, &[&str], &[&str])] = &[
    ("true", &["1", "null"], &[]),
    ("false", &[], &["1", "null"]),
    (r#"{"type": "integer"}"#, &["1", "1.0"], &["1.5", "\"1\"", "null"]),
    (r#"{"type": ["string", "null"]}"#, &["\"x\"", "null"], &["1", "{}"]),
    (r#"{"enum": [1, "a", [1, 2], {"x": null}]}"#, &["1.0", "\"a\"", "[1,2]", "{\"x\":null}"], &["2", "[2,1]", "{}"]),
    (r#"{"const": {"a": 1}}"#, &["{\"a\": 1.0}"], &["{\"a\": 2}", "{}"]),
    (r#"{"multipleOf": 0.1}"#, &["0.3", "1", "\"x\""], &["0.35"]),
    (r#"{"minimum": 1, "exclusiveMaximum": 3}"#, &["1", "2.9"], &["0", "3"]),
    (r#"{"minLength": 2, "maxLength": 3, "pattern": "^ä"}"#, &["\"äb\"", "5"], &["\"ä\"", "\"äbcd\"", "\"bb\""]),
    (r#"{"items": {"type": "number"}, "minItems": 1, "maxItems": 2}"#, &["[1]", "{}"], &["[]", "[1,2,3]", "[\"x\"]"]),
    (r#"{"prefixItems": [{"type": "string"}], "items": false}"#, &["[\"x\"]", "[]"], &["[1]", "[\"x\", 1]"]),
    (r#"{"uniqueItems": true}"#, &["[1, \"1\", [1]]"], &["[1, 1.0]", "[{\"a\":1},{\"a\":1}]"]),
    (r#"{"contains": {"const": 1}, "maxContains": 1}"#, &["[1, 2]"], &["[2]", "[1, 1]", "[]"]),
    (r#"{"contains": {"const": 1}, "minContains": 0}"#, &["[]"], &[]),
    (
        r#"{"properties": {"a": {"type": "string"}}, "required": ["a"]}"#,
        &["{\"a\": \"x\", \"b\": 1}", "5"],
        &["{}", "{\"a\": 1}"],
    ),
    (
        r#"{"patternProperties": {"^x": {"type": "number"}}, "additionalProperties": false}"#,
        &["{\"x1\": 1}", "{}"],
        &["{\"x1\": \"s\"}", "{\"y\": 1}"],
    ),
    (r#"{"additionalProperties": {"type": "number"}}"#, &["{\"a\": 1}"], &["{\"a\": \"x\"}"]),
    (r#"{"propertyNames": {"maxLength": 2}}"#, &["{\"ab\": 1}"], &["{\"abc\": 1}"]),
    (r#"{"minProperties": 1, "maxProperties": 2}"#, &["{\"a\":1}"], &["{}", "{\"a\":1,\"b\":2,\"c\":3}"]),
    (r#"{"dependentRequired": {"a": ["b"]}}"#, &["{\"a\":1,\"b\":2}", "{\"b\":1}"], &["{\"a\":1}"]),
    (r#"{"dependentSchemas": {"a": {"required": ["b"]}}}"#, &["{\"b\":1}"], &["{\"a\":1}"]),
    (r#"{"allOf": [{"minimum": 1}, {"maximum": 2}]}"#, &["1"], &["0", "3"]),
    (r#"{"anyOf": [{"type": "string"}, {"minimum": 5}]}"#, &["\"x\"", "5"], &["4"]),
    (r#"{"oneOf": [{"multipleOf": 2}, {"multipleOf": 3}]}"#, &["2", "3"], &["6", "5"]),
    (r#"{"not": {"type": "string"}}"#, &["1"], &["\"x\""]),
    (r#"{"if": {"minimum": 10}, "then": {"multipleOf": 10}, "else": {"multipleOf": 3}}"#, &["20", "6"], &["11", "4"]),
    (
        r##"{"$defs": {"n": {"type": "number"}}, "properties": {"a": {"$ref": "#/$defs/n"}}}"##,
        &["{\"a\": 1}"],
        &["{\"a\": \"x\"}"],
    ),
    (
        r##"{"type": "object", "properties": {"next": {"$ref": "#"}}, "additionalProperties": false}"##,
        &["{\"next\": {\"next\": {}}}"],
        &["{\"next\": {\"x\": 1}}"],
    ),
    (
        r##"{"$defs": {"a/b": {"$anchor": "here", "type": "null"}}, "items": {"$ref": "#here"}, "contains": {"$ref": "#/$defs/a~1b"}}"##,
        &["[null]"],
        &["[1]"],
    ),
    (
        r#"{"allOf": [{"properties": {"a": true}}], "unevaluatedProperties": false}"#,
        &["{\"a\": 1}"],
        &["{\"a\": 1, \"b\": 2}"],
    ),
    (r#"{"prefixItems": [true], "unevaluatedItems": {"type": "string"}}"#, &["[1, \"x\"]"], &["[1, 2]"]),
    (r#"{"format": "email", "unknown": 5}"#, &["\"nothing\""], &[]),
];

#[test]
fn keywords_do_what_the_draft_says() {
    for (schema, good, bad) in CASES {
        let compiled = Schema::compile(read(schema.as_bytes()).unwrap()).unwrap_or_else(|e| panic!("{schema}: {e}"));
        for value in *good {
            assert_eq!(compiled.check(&read(value.as_bytes()).unwrap()), Ok(()), "{schema} with {value}");
        }
        for value in *bad {
            assert!(compiled.check(&read(value.as_bytes()).unwrap()).is_err(), "{schema} with {value}");
        }
    }
}

#[test]
fn what_is_no_schema_is_refused() {
    for schema in [
        "5",
        "\"x\"",
        "[]",
        r#"{"type": "text"}"#,
        r#"{"type": 5}"#,
        r#"{"minimum": "1"}"#,
        r#"{"minLength": -1}"#,
        r#"{"pattern": "("}"#,
        r#"{"required": "a"}"#,
        r#"{"properties": []}"#,
        r#"{"items": [true]}"#,
        r#"{"allOf": []}"#,
        r#"{"anyOf": {}}"#,
        r##"{"$ref": "#/nowhere"}"##,
        r#"{"$ref": "https://example.org/s"}"#,
        r#"{"multipleOf": 0}"#,
        r#"{"enum": 5}"#,
        r#"{"uniqueItems": 1}"#,
        r#"{"not": 5}"#,
    ] {
        assert!(Schema::compile(read(schema.as_bytes()).unwrap()).is_err(), "{schema}");
    }
}

#[test]
fn endless_schemas_end() {
    let schema = Schema::compile(read(br##"{"$ref": "#"}"##).unwrap()).unwrap();
    assert!(schema.check(&read(b"1").unwrap()).is_err());
    let wide = br##"{"anyOf": [{"$ref": "#"}, {"$ref": "#"}, {"$ref": "#"}]}"##;
    let schema = Schema::compile(read(wide).unwrap()).unwrap();
    assert!(schema.check(&read(b"1").unwrap()).is_err());
}
