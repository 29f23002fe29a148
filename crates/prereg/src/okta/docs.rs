//! `GET /docs`: the OpenAPI document as a page. Made here, with nothing from
//! elsewhere and without scripts.

mod schema;

use axum::extract::State;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};
use serde_json::{Map, Value};

use super::admission::Anyone;
use super::{Okta, openapi, path};

const STYLE: &str = include_str!("docs/style.css");

/// Styles of our own, and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// The page.
pub(super) async fn page(State(_): State<Okta>, _: Anyone) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
    ];
    (headers, render(&openapi::document()).into_string()).into_response()
}

/// One operation of the document.
struct Operation<'a> {
    path: &'a str,
    method: &'a str,
    members: &'a Value,
}

fn render(document: &Value) -> Markup {
    let operations = operations(document);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (text(document, "/info/title")) }
                style { (maud::PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#operations" { "Skip to the operations" }
                header {
                    h1 { (text(document, "/info/title")) }
                    p { (text(document, "/info/summary")) }
                    p { (schema::prose(text(document, "/info/description"))) }
                    p { "The same for programs: " a href=(path::OPENAPI) { code { (path::OPENAPI) } } "." }
                }
                (contents(document, &operations))
                main #operations {
                    @for tag in list(document, "/tags") {
                        (section(document, tag, &operations))
                    }
                    (schema::section(document))
                }
            }
        }
    }
}

/// What there is, by tag.
fn contents(document: &Value, operations: &[Operation<'_>]) -> Markup {
    html! {
        nav aria-label="Contents" {
            @for tag in list(document, "/tags") {
                h2 { (text(tag, "/name")) }
                ul {
                    @for operation in of_tag(operations, tag) {
                        li { a href={ "#" (operation.id()) } { (text(operation.members, "/summary")) } }
                    }
                }
            }
            h2 { a href="#schemas" { "Schemas" } }
        }
    }
}

fn section(document: &Value, tag: &Value, operations: &[Operation<'_>]) -> Markup {
    html! {
        section {
            h2 { (text(tag, "/name")) }
            p { (text(tag, "/description")) }
            @for operation in of_tag(operations, tag) {
                (article(document, operation))
            }
        }
    }
}

fn article(document: &Value, operation: &Operation<'_>) -> Markup {
    let members = operation.members;
    html! {
        article id=(operation.id()) {
            h3 { (text(members, "/summary")) }
            p.call { b { (operation.method.to_uppercase()) } " " code { (operation.path) } }
            p { (schema::prose(text(members, "/description"))) }
            p { (permission(members)) }
            @if !list(members, "/parameters").is_empty() {
                (parameters(members))
            }
            @if let Some(content) = members.pointer("/requestBody/content") {
                h4 { "Body" }
                (body(content))
            }
            h4 { "Responses" }
            (responses(document, members))
        }
    }
}

fn permission(members: &Value) -> Markup {
    let scope = members
        .pointer("/security/1/oauth2/0")
        .and_then(Value::as_str);
    html! {
        @match scope {
            Some(scope) => { "Needs a token with " code { (scope) } "." }
            None => { "Needs no token." }
        }
    }
}

fn parameters(members: &Value) -> Markup {
    html! {
        table {
            caption { "Parameters" }
            thead { tr { th scope="col" { "Name" } th scope="col" { "Where" } th scope="col" { "What" } } }
            tbody {
                @for parameter in list(members, "/parameters") {
                    tr {
                        th scope="row" { code { (text(parameter, "/name")) } }
                        td { (text(parameter, "/in")) }
                        td { (schema::prose(text(parameter, "/description"))) " " (schema::short(member(parameter, "schema"))) }
                    }
                }
            }
        }
    }
}

fn body(content: &Value) -> Markup {
    html! {
        @for (media_type, content) in object(content) {
            p { code { (media_type) } ": " (schema::short(member(content, "schema"))) }
            @if let Some(example) = content.get("example").and_then(|example| serde_json::to_string_pretty(example).ok()) {
                pre tabindex="0" aria-label="Example" { (example) }
            }
        }
    }
}

fn responses(document: &Value, members: &Value) -> Markup {
    html! {
        dl {
            @for (status, response) in object(member(members, "responses")) {
                @let response = resolve(document, response);
                dt { (status) }
                dd {
                    (schema::prose(text(response, "/description")))
                    @for (_, content) in object(member(response, "content")) {
                        " " (schema::short(member(content, "schema")))
                    }
                }
            }
        }
    }
}

impl Operation<'_> {
    fn id(&self) -> &str {
        text(self.members, "/operationId")
    }
}

fn operations(document: &Value) -> Vec<Operation<'_>> {
    let paths = object(member(document, "paths"));
    let all = paths.flat_map(|(path, methods)| {
        object(methods).map(move |(method, members)| Operation {
            path,
            method,
            members,
        })
    });
    all.collect()
}

fn of_tag<'a>(
    operations: &'a [Operation<'a>],
    tag: &'a Value,
) -> impl Iterator<Item = &'a Operation<'a>> {
    operations
        .iter()
        .filter(move |operation| text(operation.members, "/tags/0") == text(tag, "/name"))
}

/// Follows a `$ref` within the document.
fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let reference = value.get("$ref").and_then(Value::as_str);
    let pointer = reference.and_then(|reference| reference.strip_prefix('#'));
    pointer
        .and_then(|pointer| document.pointer(pointer))
        .unwrap_or(value)
}

/// A member; null where there is none.
fn member<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.get(name).unwrap_or(&Value::Null)
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    let list = value.pointer(pointer).and_then(Value::as_array);
    list.map(Vec::as_slice).unwrap_or_default()
}

fn object(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let members = value.as_object().into_iter().flat_map(Map::iter);
    members.map(|(name, value)| (name.as_str(), value))
}
