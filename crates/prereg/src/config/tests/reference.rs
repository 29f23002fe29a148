use std::fs;

use super::Scene;
use crate::config::keys::{ALL, Key, Kind};

#[test]
fn every_setting_can_be_set_in_the_file_and_in_the_environment() {
    // A setting that the tables do not have, or a table entry without a
    // setting, would make this fail.
    for key in ALL {
        let value = key.default.unwrap_or(match key.name {
            "server.issuer" => "https://acme.example",
            "trust.url" => "https://keys.example",
            "mail.smtp.port" => "25",
            "hooks.secret" => "a-secret-of-the-hooks",
            _ => "x",
        });
        let scene = Scene::new().with_variable(&key.variable(), value);
        scene.settings();
        let written = match key.kind {
            Kind::Text | Kind::Secret => format!("{value:?}"),
            Kind::Integer | Kind::Flag => value.to_owned(),
            Kind::List if value.is_empty() => "[]".to_owned(),
            Kind::List | Kind::PrivateUrls => {
                format!("[{}]", value.replace("ECDH-ES", "\"ECDH-ES\""))
            }
            Kind::Map => "{}".to_owned(),
        };
        Scene::new()
            .with_file(&format!("{} = {written}\n", key.name))
            .settings();
    }
    let mut variables: Vec<String> = ALL.iter().map(Key::variable).collect();
    variables.sort();
    variables.dedup();
    assert_eq!(variables.len(), ALL.len(), "two settings share a variable");
}

/// `docs/operations.md` holds exactly this. `UPDATE_REFERENCE=1` writes it.
#[test]
fn the_reference_lists_every_setting() {
    let mut table =
        "\n| setting | default | what it is | a value is |\n|---|---|---|---|\n".to_owned();
    for key in ALL {
        let default = match key.default {
            None | Some("") => "–".to_owned(),
            Some(default) => format!("`{default}`"),
        };
        let [about, expects] = [key.about, key.expects].map(|text| text.replace('<', "\\<"));
        let row = format!("| `{}` | {default} | {about} | {expects} |\n", key.name);
        table.push_str(&row);
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operations.md");
    let document = fs::read_to_string(path).unwrap();
    let (before, rest) = document.split_once("<!-- settings:").unwrap();
    let (first, rest) = rest.split_once("-->\n").unwrap();
    let (found, after) = rest.split_once("<!-- end of settings -->").unwrap();
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        let document =
            format!("{before}<!-- settings:{first}-->\n{table}\n<!-- end of settings -->{after}");
        fs::write(path, document).unwrap();
        return;
    }
    assert_eq!(
        found.trim(),
        table.trim(),
        "run this test with UPDATE_REFERENCE=1"
    );
}
