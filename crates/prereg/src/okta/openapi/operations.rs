//! The operations: one entry for each method of each path.

mod others;
mod preregistration;
mod users;

use serde_json::{Map, Value, json};

use super::filter_pattern;
use super::responses::{common_headers, error_references, header};
use crate::auth::Scope;

/// Errors of every operation that asks for a token.
const ERRORS: &[u16] = &[400, 401, 403, 429, 500, 503];
/// The same where something is looked up.
const LOOKUP_ERRORS: &[u16] = &[400, 401, 403, 404, 429, 500, 503];
/// The same where a body is read.
const BODY_ERRORS: &[u16] = &[400, 401, 403, 404, 413, 429, 500, 503];
/// Errors of operations for anybody.
const OPEN_ERRORS: &[u16] = &[429, 500, 503];

/// Everything below `paths`.
pub(super) fn paths() -> Value {
    let mut paths = Map::new();
    let all = preregistration::all()
        .into_iter()
        .chain(users::all())
        .chain(others::all());
    for (path, method, operation) in all {
        let methods = paths.entry(path).or_insert_with(|| json!({}));
        if let Value::Object(methods) = methods {
            methods.insert(method.to_owned(), operation.write());
        }
    }
    Value::Object(paths)
}

type Entry = (&'static str, &'static str, Operation);

/// One operation, before it is written.
struct Operation {
    tag: &'static str,
    id: &'static str,
    summary: &'static str,
    description: &'static str,
    scope: Option<Scope>,
    parameters: Vec<Value>,
    body: Option<Value>,
    success: Value,
    status: u16,
    errors: &'static [u16],
    /// Responses that no other operation has.
    own: Vec<(u16, Value)>,
}

impl Operation {
    /// An operation on users and keys.
    fn new(tag: &'static str, id: &'static str, scope: Scope, summary: &'static str) -> Self {
        Self {
            tag,
            id,
            summary,
            description: "",
            scope: Some(scope),
            parameters: Vec::new(),
            body: None,
            success: json!({"description": "Done.", "headers": common_headers()}),
            status: 204,
            errors: LOOKUP_ERRORS,
            own: Vec::new(),
        }
    }

    /// A document for anybody.
    fn open(tag: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self {
            scope: None,
            errors: OPEN_ERRORS,
            ..Self::new(tag, id, Scope::UsersRead, summary)
        }
    }

    fn described(self, description: &'static str) -> Self {
        Self {
            description,
            ..self
        }
    }

    fn with_body(self, schema: &str, example: &Value) -> Self {
        let body = json!({
            "required": true,
            "content": {"application/json": {
                "schema": reference(schema),
                "example": example,
            }},
        });
        Self {
            body: Some(body),
            errors: BODY_ERRORS,
            ..self
        }
    }

    fn answering(self, description: &str, schema: Value) -> Self {
        let schema = Value::from_iter([("schema", schema)]);
        Self {
            success: json!({
                "description": description,
                "headers": common_headers(),
                "content": {"application/json": schema},
            }),
            status: 200,
            ..self
        }
    }

    fn paged(mut self) -> Self {
        if let Some(headers) = self
            .success
            .get_mut("headers")
            .and_then(Value::as_object_mut)
        {
            headers.insert("Link".to_owned(), header("Link"));
        }
        self
    }

    fn taking(self, parameters: Vec<Value>) -> Self {
        Self { parameters, ..self }
    }

    fn body_may_be_missing(mut self) -> Self {
        if let Some(body) = self.body.as_mut().and_then(Value::as_object_mut) {
            body.remove("required");
        }
        self
    }

    fn failing(self, errors: &'static [u16]) -> Self {
        Self { errors, ..self }
    }

    fn write(self) -> Value {
        let mut responses = error_references(self.errors);
        responses.insert(self.status.to_string(), self.success);
        let own = self.own.into_iter();
        responses.extend(own.map(|(status, response)| (status.to_string(), response)));
        let security = match self.scope {
            Some(scope) => json!([{"apiToken": []}, {"oauth2": [scope.name()]}]),
            None => json!([]),
        };
        let mut operation = json!({
            "tags": [self.tag],
            "operationId": self.id,
            "summary": self.summary,
            "security": security,
            "responses": responses,
        });
        let optional = [
            (
                "description",
                (!self.description.is_empty()).then(|| json!(self.description)),
            ),
            (
                "parameters",
                (!self.parameters.is_empty()).then(|| json!(self.parameters)),
            ),
            ("requestBody", self.body),
        ];
        if let Value::Object(members) = &mut operation {
            let present = optional
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?)));
            members.extend(present.map(|(name, value)| (name.to_owned(), value)));
        }
        operation
    }
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn array_of(name: &str) -> Value {
    json!({"type": "array", "items": reference(name)})
}

fn parameter(place: &str, name: &str, description: &str, schema: Value) -> Value {
    Value::from_iter([
        ("in", place.into()),
        ("name", name.into()),
        ("required", (place == "path").into()),
        ("description", description.into()),
        ("schema", schema),
    ])
}

fn query(name: &str, description: &str, schema: Value) -> Value {
    parameter("query", name, description, schema)
}

fn filter(example: &str) -> Value {
    json!({"type": "string", "pattern": filter_pattern::pattern(), "maxLength": 4096, "examples": [example]})
}

fn limit(most: usize) -> Value {
    let description = format!("At most so many. More than {most} is {most}.");
    query(
        "limit",
        &description,
        json!({"type": "integer", "minimum": 1}),
    )
}

fn user_id() -> Value {
    parameter(
        "path",
        "userId",
        "The user.",
        json!({"type": "string", "minLength": 1}),
    )
}

fn enrollment_id(name: &str) -> Value {
    parameter(
        "path",
        name,
        "The user's enrollment.",
        json!({"type": "string", "minLength": 1}),
    )
}
