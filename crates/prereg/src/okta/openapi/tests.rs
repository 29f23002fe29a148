//! The document against its golden copy, the router and itself.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::super::path;
use super::document;

/// To accept a change, run the test with `UPDATE_GOLDEN=1` and read the diff.
#[test]
fn the_document_is_its_golden_copy() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let written = format!("{}\n", serde_json::to_string_pretty(&document()).unwrap());
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&file, &written).unwrap();
    }
    let golden = std::fs::read_to_string(&file).unwrap();
    assert!(
        golden == written,
        "crates/prereg/openapi.json is out of date; see this test"
    );
}

#[test]
fn every_path_of_the_router_is_described_and_no_other() {
    let document = document();
    let described: BTreeSet<&str> = document["paths"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(described, path::ALL.iter().copied().collect());
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(document: &Value, value: &Value) {
        match value {
            Value::Object(members) => {
                if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
                    let pointer = reference.strip_prefix('#').unwrap();
                    assert!(document.pointer(pointer).is_some(), "{reference}");
                }
                members.values().for_each(|value| walk(document, value));
            }
            Value::Array(elements) => elements.iter().for_each(|value| walk(document, value)),
            _ => {}
        }
    }
    let document = document();
    walk(&document, &document);
}

#[test]
fn operations_have_ids_of_their_own_and_the_errors_that_all_share() {
    let document = document();
    let mut ids = BTreeSet::new();
    for methods in document["paths"].as_object().unwrap().values() {
        for operation in methods.as_object().unwrap().values() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id), "{id}");
            let responses = operation["responses"].as_object().unwrap();
            let open = operation["security"] == serde_json::json!([]);
            let due: &[&str] = if open {
                &["429", "500"]
            } else {
                &["400", "401", "403", "429", "500"]
            };
            for status in due {
                assert!(responses.contains_key(*status), "{id} {status}");
            }
        }
    }
    assert_eq!(ids.len(), 17);
}
