use prereg_types::api::UserStatus;

use super::{Format, Import, read};

fn import(text: &str) -> Result<Import, String> {
    let read = read(text, Format::guess(text), UserStatus::Active);
    read.map_err(|problems| problems.to_string())
}

const CSV: &str = "login,firstName,lastName,email,secondEmail,status,department\n\
    ada@acme.example,Ada,Lovelace,ada@acme.example,ada@home.example,,Engines\n\
    bob@acme.example,Bob,\"O'Hara, Jr.\",bob@acme.example,,STAGED,\n";

#[test]
fn a_spreadsheet_becomes_users() {
    let import = import(CSV).unwrap();
    let [ada, bob] = import.users.as_slice() else {
        panic!("two users");
    };
    assert_eq!((ada.line, bob.line), (2, 3));
    assert_eq!(ada.user.status, UserStatus::Active);
    let second = ada.user.profile.second_email.as_ref().unwrap();
    assert_eq!(second.as_str(), "ada@home.example");
    assert!(ada.user.id.as_str().starts_with("00u"));
    assert_eq!(bob.user.status, UserStatus::Staged);
    assert_eq!(bob.user.profile.last_name, "O'Hara, Jr.");
    assert_eq!(bob.user.profile.second_email, None);
    assert_eq!(import.ignored, ["department"]);
}

#[test]
fn headings_delimiters_and_marks_of_other_spreadsheets_are_read() {
    let text = "\u{feff}First Name;last_name;LOGIN;E-Mail;Second Email\r\n\
        Zoë;Łuk;zoe@acme.example;zoe@acme.example;\r\n\r\n";
    let import = import(text).unwrap();
    assert_eq!(import.users[0].user.profile.first_name, "Zoë");
    assert_eq!(import.users.len(), 1);
}

#[test]
fn json_of_the_api_and_bare_profiles_are_read() {
    let profile = r#"{"login":"ada@acme.example","firstName":"Ada","lastName":"Love\"}lace",
        "email":"ada@acme.example","secondEmail":null,"mobilePhone":null,"x":[{}]}"#;
    let of_api = format!(r#"{{"id":"00u1","status":"STAGED","_links":{{}},"profile":{profile}}}"#);
    for text in [
        format!("[{of_api}]"),
        format!("[\n{profile}\n]\n"),
        of_api.clone(),
        format!(" {profile} "),
    ] {
        let import = import(&text).unwrap();
        assert_eq!(import.users[0].user.profile.last_name, "Love\"}lace");
    }
    let users = import(&of_api).unwrap().users;
    assert_eq!(users[0].user.id.as_str(), "00u1");
    assert_eq!(users[0].user.status, UserStatus::Staged);
}

#[test]
fn each_problem_is_told_with_its_line() {
    let text = "login,firstName,lastName,email\n\
        ada@acme.example,Ada,Lovelace,ada@acme.example\n\
        bob@acme.example,,Hope,bob@acme.example\n\
        \n\
        eve@acme.example,Eve,Moor,eve acme\n\
        ADA@acme.example,Ada,Second,ada2@acme.example\n";
    assert_eq!(
        import(text).unwrap_err(),
        "line 3: firstName: must not be absent\n\
         line 5: email: must hold no spaces, controls or delimiters\n\
         line 6: login: line 2 has it, too"
    );
    let text = "[\n{\"login\":\"ada@acme.example\",\"firstName\":1},\n\n{\"a\":1,\"a\":2}\n]";
    let told = import(text).unwrap_err();
    assert!(
        told.starts_with("line 2: firstName: must be a string\nline 4: "),
        "{told}"
    );
}

#[test]
fn files_that_are_neither_are_refused_where_they_go_wrong() {
    for (text, told) in [
        ("", "line 1: column login is missing"),
        ("login,email\n", "line 1: column firstName is missing"),
        (
            "login,firstName,lastName,email\n",
            "line 1: there is no user",
        ),
        (
            "login,login,firstName,lastName,email\n",
            "line 1: column login is there twice",
        ),
        (
            "login,firstName,lastName,email\na,b\n",
            "line 2: 2 values, where the first line has 4",
        ),
        ("[]", "line 1: there is no user"),
        ("[\n{}", "line 2: a comma or the end of the array is due"),
        (
            "[\n{}\n{}]",
            "line 3: a comma or the end of the array is due",
        ),
        ("[{},\n]", "line 2: an object with its closing brace is due"),
        (
            "[\n{\"a\":\"}\n",
            "line 2: an object with its closing brace is due",
        ),
        ("[\n7]", "line 2: an object with its closing brace is due"),
        ("[{}]\n[", "line 2: something follows the array"),
        ("{}\nx", "line 2: an object with its closing brace is due"),
    ] {
        let problems = import(text).unwrap_err();
        assert!(problems.starts_with(told), "{text:?}: {problems}");
    }
}

#[test]
fn what_could_break_a_mail_is_refused() {
    for (column, value) in [
        ("firstName", "\"Ada\nBcc: eve@evil.example\""),
        ("lastName", "\u{7}"),
        ("login", "two words"),
        ("email", "\"ada@acme.example,eve@evil.example\""),
        ("secondEmail", "nobody"),
        ("status", "GONE"),
        ("id", "../x"),
    ] {
        let mut cells = [
            ("login", "ada@acme.example"),
            ("firstName", "Ada"),
            ("lastName", "Lovelace"),
            ("email", "ada@acme.example"),
            ("secondEmail", ""),
            ("status", ""),
            ("id", ""),
        ];
        let cell = cells.iter_mut().find(|(name, _)| *name == column).unwrap();
        cell.1 = value;
        let headings = cells.map(|(name, _)| name).join(",");
        let text = format!("{headings}\n{}\n", cells.map(|(_, value)| value).join(","));
        let told = import(&text).unwrap_err();
        assert!(told.contains(&format!(": {column}: ")), "{told}");
    }
}
