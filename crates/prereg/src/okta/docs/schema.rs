//! Schemas on the page.

use maud::{Markup, html};
use serde_json::Value;

use super::{list, member, object, text};

/// All schemas that have a name.
pub(super) fn section(document: &Value) -> Markup {
    html! {
        section #schemas {
            h2 { "Schemas" }
            @for (name, schema) in object(member(member(document, "components"), "schemas")) {
                article id={ "schema-" (name) } {
                    h3 { code { (name) } }
                    p { (prose(text(schema, "/description"))) }
                    (members(schema))
                }
            }
        }
    }
}

/// A schema in a few words; one with a name as a link.
pub(super) fn short(schema: &Value) -> Markup {
    let name = schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|path| path.rsplit('/').next());
    let choices = ["anyOf", "oneOf", "allOf"]
        .iter()
        .find_map(|word| Some((word, schema.get(word)?)));
    html! {
        @if let Some(name) = name {
            a href={ "#schema-" (name) } { code { (name) } }
        } @else if let Some((word, choices)) = choices {
            (alternatives(word, choices))
        } @else {
            (kind(schema)) (bounds(schema))
        }
    }
}

/// Text in which `code` is marked as in Markdown.
pub(super) fn prose(text: &str) -> Markup {
    html! {
        @for (index, part) in text.split('`').enumerate() {
            @if index % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

fn alternatives(word: &str, choices: &Value) -> Markup {
    let between = if word == "allOf" { " and " } else { " or " };
    html! {
        @for (index, choice) in list(choices, "").iter().enumerate() {
            @if index > 0 { (between) }
            (short(choice))
        }
    }
}

fn kind(schema: &Value) -> Markup {
    html! {
        @match text(schema, "/type") {
            "array" => { "array of " (short(member(schema, "items"))) }
            "" => { @if let Some(only) = schema.get("const") { code { (only) } } @else { "object" } }
            "string" if schema.get("contentMediaType").is_some() => { "its JSON text in a string" }
            plain => (plain)
        }
    }
}

fn bounds(schema: &Value) -> Markup {
    const SHOWN: [(&str, &str); 8] = [
        ("format", ""),
        ("pattern", ""),
        ("minLength", "at least "),
        ("maxLength", "at most "),
        ("minimum", "at least "),
        ("minItems", "at least "),
        ("maxItems", "at most "),
        ("default", "default "),
    ];
    let known = SHOWN
        .iter()
        .filter_map(|(name, word)| Some((word, schema.get(name)?)));
    html! {
        @for (word, value) in known {
            @let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            // A pattern that fills the page tells nobody anything.
            @if shown.len() <= 100 { ", " (word) code { (shown) } }
        }
        @if let Some(values) = schema.get("enum") {
            ": "
            @for (index, value) in list(values, "").iter().enumerate() {
                @if index > 0 { ", " }
                code { (value.as_str().unwrap_or_default()) }
            }
        }
    }
}

fn members(schema: &Value) -> Markup {
    let required: Vec<&str> = list(schema, "/required")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let mut properties = object(member(schema, "properties")).peekable();
    html! {
        @if properties.peek().is_none() {
            p { (short(schema)) }
        } @else {
            table {
                caption { "Members" }
                thead { tr { th scope="col" { "Name" } th scope="col" { "What" } } }
                tbody {
                    @for (name, member) in properties {
                        tr {
                            th scope="row" { code { (name) } @if required.contains(&name) { " (required)" } }
                            td { (short(member)) " " (prose(text(member, "/description"))) (inner(member)) }
                        }
                    }
                }
            }
        }
    }
}

/// The members of an object that has no name.
fn inner(schema: &Value) -> Markup {
    html! {
        @if schema.get("properties").is_some() { (members(schema)) }
    }
}
