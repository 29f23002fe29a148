//! Filter expressions as a regular expression, for clients that check before
//! they send. It covers one level of parentheses; the server reads more.

/// The pattern.
pub(super) fn pattern() -> String {
    let attribute = "[A-Za-z0-9_$-]+(?:\\.[A-Za-z0-9_$-]+)*";
    // No escapes of surrogates: alone they are no text.
    let escape = "\\\\(?:[\"\\\\/bfnrt]|u(?:[0-9a-cA-CeE][0-9a-fA-F]{3}|[dD][0-7][0-9a-fA-F]{2}|[fF][0-9a-fA-F]{3}))";
    let string = format!("\"(?:[^\"\\\\\\u0000-\\u001f]|{escape})*\"");
    let number = "-?(?:0|[1-9][0-9]{0,14})(?:\\.[0-9]{1,15})?";
    let value = format!("(?:{string}|{number}|true|false|null)");
    let operator = "(?:eq|ne|co|sw|ew|gt|ge|lt|le)";
    let comparison = format!("{attribute} +(?:pr|{operator} +{value})");
    let flat = chain(&comparison);
    let factor = format!("(?:{comparison}|(?:not *)?\\( *{flat} *\\))");
    format!("^ *{} *$", chain(&factor))
}

fn chain(factor: &str) -> String {
    format!("{factor}(?: +(?:and|or) +{factor})*")
}
