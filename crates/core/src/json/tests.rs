//! What is JSON, and which value, is the same as for serde_json.

use super::read;
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn is_read_alike(text: &str) -> Result<(), TestCaseError> {
    let (ours, theirs) = (read::<Value>(text), serde_json::from_str::<Value>(text));
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => prop_assert_eq!(ours, theirs, "{}", text),
        (Err(_), Err(_)) => {}
        (ours, theirs) => prop_assert!(false, "{text}: {ours:?} {theirs:?}"),
    }
    Ok(())
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i16>().prop_map(|n| serde_json::from_str(&format!("{n}.5")).unwrap()),
        "\\PC{0,8}".prop_map(Value::from),
        "[\"\\\\\n\u{1}é𝄞/]{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map("[a-c\"]{0,2}", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(value in values()) {
        for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            prop_assert_eq!(read::<Value>(&text).unwrap(), serde_json::from_str::<Value>(&text).unwrap());
        }
    }

    #[test]
    fn broken_texts_are_refused_as_serde_json_does(value in values(), at: prop::sample::Index, with in "[\\]\\[{}\",:\\\\0-9eE.+ \nntu-]{0,3}") {
        let mut text = value.to_string();
        let at = at.index(text.len() + 1);
        if text.is_char_boundary(at) {
            let end = (at + 1..=text.len()).find(|end| text.is_char_boundary(*end)).unwrap_or(at);
            text.replace_range(at..end, &with);
            is_read_alike(&text)?;
        }
    }
}

#[test]
fn odd_texts_are_read_as_serde_json_reads_them() {
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    for text in [
        "",
        " ",
        "nul",
        "nulll",
        "true",
        "tru",
        "-",
        "-0",
        "0",
        "01",
        "1.",
        "1.5",
        ".5",
        "1e5",
        "1E+5",
        "1e",
        "1e400",
        "-1",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775808",
        "-9223372036854775809",
        r#""\u00e9""#,
        r#""\ud834\udd1e""#,
        r#""\ud834""#,
        r#""\ud834\u0041""#,
        r#""\udd1e""#,
        r#""\u12""#,
        r#""\x""#,
        "\"\n\"",
        "\"",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[,]",
        "{",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,",
        "{\"a\":1,}",
        "{a:1}",
        "{1:1}",
        "1 2",
        &deep(127),
        &deep(200),
    ] {
        is_read_alike(text).unwrap();
    }
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Shape {
    Nothing,
    Empty {},
    Wide(u8),
    Pair(u8, u8),
    Named {
        width: u8,
        #[serde(default)]
        list: Vec<Shape>,
        map: Option<BTreeMap<String, i32>>,
    },
}

#[test]
fn every_kind_of_variant_is_read() {
    for (text, shape) in [
        (r#""nothing""#, Shape::Nothing),
        (r#"{"nothing": null}"#, Shape::Nothing),
        (r#"{"empty": {}}"#, Shape::Empty {}),
        (r#"{"wide": 7}"#, Shape::Wide(7)),
        (r#"{"pair": [1, 2]}"#, Shape::Pair(1, 2)),
        (
            r#"{"named": {"width": 1, "list": ["nothing"], "map": {"\u0061": -3}}}"#,
            Shape::Named {
                width: 1,
                list: vec![Shape::Nothing],
                map: Some(BTreeMap::from([("a".to_owned(), -3)])),
            },
        ),
    ] {
        assert_eq!(read::<Shape>(text).unwrap(), shape);
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(super::from_value::<Shape>(&value).unwrap(), shape);
    }
}

#[test]
fn an_error_names_the_place_and_the_line() {
    for (text, told) in [
        (
            r#"{"named": {"width": 300}}"#,
            "named.width: invalid value: integer `300`, expected u8 at line 1 column 23",
        ),
        (
            "{\"named\": {\"width\": 1,\n\"list\": [\"nothing\",\n7]}}",
            "named.list[1]: invalid type: integer `7`, expected enum Shape at line 3 column 1",
        ),
        (
            r#"{"named": {"width": 1, "map": {"x": true}}}"#,
            "named.map.x: invalid type: boolean `true`, expected i32 at line 1 column 40",
        ),
        (
            r#"{"named": {"with": 1}}"#,
            "named.with: unknown field `with`, expected one of `width`, `list`, `map` at line 1 column 17",
        ),
        (r#"{"named": {}}"#, "named: missing field `width` at line 1 column 11"),
        (r#"{"named": {"width": 1, "width": 2}}"#, "named: duplicate field `width` at line 1 column 30"),
        (
            r#"{"round": 1}"#,
            ": unknown variant `round`, expected one of `nothing`, `empty`, `wide`, `pair`, `named` at line 1 column 8",
        ),
        (r#""wide""#, ": invalid type: unit variant, expected newtype variant at line 1 column 6"),
        (r#"{"nothing": 3}"#, "nothing: invalid type: integer `3`, expected unit at line 1 column 13"),
        (
            r#"{"pair": [1]}"#,
            "pair: invalid length 1, expected tuple variant Shape::Pair with 2 elements at line 1 column 11",
        ),
        (r#"{"pair": [1, 2, 3]}"#, "pair: trailing characters at line 1 column 15"),
        (r#"{"wide": 1, "empty": {}}"#, ": trailing characters at line 1 column 11"),
        ("null", ": invalid type: null, expected enum Shape at line 1 column 4"),
    ] {
        assert_eq!(format!("{:?}", read::<Shape>(text).unwrap_err()), told);
    }
    assert_eq!(json!(null), read::<Value>("null").unwrap());
}
