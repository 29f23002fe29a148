//! With 10,000 enrolled users every query goes through an index: SQLite's plans.

use prereg_types::Timestamp;
use sqlx::{AssertSqlSafe, Connection as _, Row as _, SqliteConnection};

use super::{
    Database, audit, clients, event_outbox, hooks, mail_history, mail_outbox, pages, provider,
    sets, system_log, tokens, users,
};
use crate::store::LogQuery;

/// 10,000 users with a key for two hosts each, the log of it, and a thousand of
/// what waits.
const FILL: &str = "
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
    INSERT INTO users SELECT printf('00u%05d', i), 'ACTIVE', printf('u%d@acme.example', i),
        printf('u%d@acme.example', i), NULL, 'Given', 'Family', printf('u%d@acme.example', i),
        printf('u%d@acme.example', i), 'given', 'family' FROM n;
    INSERT INTO enrollment_sets (id, revision, user_id, provider, audience, created, expires,
        pin_stage) SELECT 'set-' || id, 0, id, 'yubico', 'https://acme.okta.example',
        1780000000000 + CAST(substr(id, 4) AS INTEGER), 1790000000000, 'wiped' FROM users;
    INSERT INTO enrollments (set_id, position, id, rp_id, created, updated, stage, credential_id,
        algorithm, public_key, sign_count, backup_eligible, aaguid, transports, serial, firmware)
        SELECT s.id, p.column1, printf('fwf-%s-%d', s.id, p.column1), 'acme.example', s.created,
        s.created, 'active', CAST(printf('%s-%d', s.id, p.column1) AS BLOB), -7, x'04', 0, 0, x'00',
        '[]', '1', '5.7.1' FROM enrollment_sets AS s, (VALUES (0), (1)) AS p;
    INSERT INTO log_events (uuid, published, event_type, actor_id, body)
        SELECT id, created, 'user.mfa.factor.activate', 'actor', '{}' FROM enrollments;
    INSERT INTO log_targets SELECT e.user_id, l.seq FROM log_events AS l
        JOIN enrollments AS f ON f.id = l.uuid JOIN enrollment_sets AS e ON e.id = f.set_id;
    INSERT INTO event_outbox SELECT seq FROM log_events LIMIT 1000;
    INSERT INTO mail_outbox (kind, recipients, salutation, host)
        SELECT 'enrollment_deleted', '[]', 'Given', 'acme.example' FROM users LIMIT 1000;
    INSERT INTO mail_history (at, recipients, subject, kind, outcome)
        SELECT 0, '[]', '', 'pin', 'sent' FROM users;
    INSERT INTO tokens SELECT id, 'okta', '', zeroblob(32), '[]', 0, NULL, NULL, NULL FROM users
        LIMIT 1000;
    INSERT INTO clients SELECT id, '', '', '[]', 0, NULL FROM users LIMIT 1000;
    INSERT INTO used_assertions SELECT 'client', id, 0 FROM users LIMIT 1000;
    INSERT INTO hooks (id) VALUES ('one'), ('two');
    INSERT INTO hook_deliveries (hook, seq, queued, next_attempt)
        SELECT 'one', seq, 0, 0 FROM log_events LIMIT 1000;
    INSERT INTO audit_log SELECT seq, 0, '', '', '', '', '', zeroblob(32) FROM log_events;
    INSERT INTO shipments (id, revision, created, state, since, paused, items, keys)
        SELECT id, 0, 0, 104, 0, 0, 1, 1 FROM users;
    INSERT INTO simulated_keys (serial, revision, model, product_id, firmware, shipment, position,
        state, kek, data_key) SELECT id, 0, '', 1, '5.7.1', id, 0, x'00', '', x'00' FROM users;
    INSERT INTO product_data SELECT id, 0, 0, '1', '5.7.1', '', '[]' FROM users;
";

/// Statements that find what they look for by an index.
const SEARCHES: [(&str, &str); 19] = [
    ("the set of an enrollment", sets::OF_ENROLLMENT),
    ("the sets of a user", sets::OF_USER),
    ("a user by id", users::BY_ID),
    ("a user by login", users::BY_LOGIN),
    ("a page of users", users::PAGE),
    ("users by the beginning of a word", users::SEARCH),
    ("the next page of enrollments", pages::NEXT_PAGE),
    ("the next mail", mail_outbox::NEXT),
    ("the PIN mail of a set", mail_outbox::WITHDRAW),
    ("the history of mail", mail_history::PAGE),
    ("a token", tokens::BY_ID),
    ("a client", clients::BY_ID),
    ("assertions that ran out", clients::FORGET),
    ("the deliveries of a hook", hooks::OF_HOOK),
    ("audit records", audit::PAGE),
    ("a simulated key", provider::BY_SERIAL),
    ("the next page of keys", provider::KEYS_AFTER),
    ("the keys of a shipment", provider::KEYS_OF_SHIPMENT),
    (
        "shipments of a state",
        "SELECT id FROM shipments WHERE id = ?1",
    ),
];

/// Statements that read in the order of an index, up to their limit: no sorting.
const ORDERED: [(&str, &str); 5] = [
    ("the first page of enrollments", pages::FIRST_PAGE),
    ("the outbox of events", event_outbox::QUEUED),
    ("every token", tokens::ALL),
    ("the end of the audit log", audit::HEAD),
    ("a page of shipments", provider::SHIPMENT_PAGE),
];

async fn plan(connection: &mut SqliteConnection, statement: &str) -> Vec<String> {
    let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
    let rows = sqlx::query(explain).fetch_all(connection).await.unwrap();
    rows.iter().map(|row| row.get("detail")).collect()
}

/// Every table is searched; what is found may be sorted only where `sorts`.
fn assert_searches(name: &str, plan: &[String], sorts: bool) {
    assert!(
        plan.iter().any(|step| step.starts_with("SEARCH")),
        "{name}: {plan:#?}"
    );
    for step in plan {
        // What a subquery found is read as it is.
        let is_found = step.starts_with("SCAN found");
        assert!(is_found || !step.starts_with("SCAN"), "{name}: {plan:#?}");
        assert!(sorts || !step.contains("FOR ORDER BY"), "{name}: {plan:#?}");
    }
}

fn assert_ordered(name: &str, plan: &[String]) {
    for step in plan {
        assert!(!step.contains("TEMP B-TREE"), "{name}: {plan:#?}");
    }
    let scans = plan.iter().filter(|step| step.starts_with("SCAN"));
    assert_eq!(scans.count(), 1, "{name}: {plan:#?}");
}

/// Every combination of what the log can be asked for.
fn log_queries() -> Vec<LogQuery> {
    let text = |set: bool| set.then(|| "some".to_owned());
    let moment = |set: bool| set.then(|| Timestamp::from_millis(1_780_000_000_000));
    let query = |bits: u32| {
        let bit = |number: u32| bits >> number & 1 == 1;
        LogQuery {
            since: moment(bit(0)),
            until: moment(bit(1)),
            after_seq: bit(2).then_some(100),
            descending: bit(3),
            event_type: text(bit(4)),
            actor: text(bit(5)),
            target: text(bit(6)),
            uuid: text(bit(7)),
            limit: 100,
        }
    };
    (0..256).map(query).collect()
}

async fn assert_plans(connection: &mut SqliteConnection) {
    for (name, statement) in SEARCHES {
        // The union of the words' beginnings may come in any order.
        let sorts = statement == users::SEARCH;
        assert_searches(name, &plan(connection, statement).await, sorts);
    }
    for (name, statement) in ORDERED {
        assert_ordered(name, &plan(connection, statement).await);
    }
    let due = provider::due_statement(Timestamp::from_millis(0), 10);
    assert_searches(
        "shipments due",
        &plan(connection, due.sql().as_str()).await,
        true,
    );
    for query in log_queries() {
        let statement = system_log::statement(&query);
        let plan = plan(connection, statement.sql().as_str()).await;
        let free = LogQuery {
            limit: query.limit,
            descending: query.descending,
            ..LogQuery::default()
        };
        if query == free {
            assert_ordered("the whole log", &plan);
        } else {
            assert_searches(&format!("{query:?}"), &plan, false);
        }
    }
    let heads = plan(connection, hooks::HEADS).await;
    let deliveries: Vec<_> = heads.iter().filter(|step| step.contains(" d ")).collect();
    assert!(
        deliveries.iter().all(|step| step.starts_with("SEARCH")),
        "{heads:#?}"
    );
    // Only what is not purged yet is walked over.
    let delivered = plan(connection, provider::DELIVERED).await;
    let full: Vec<_> = delivered
        .iter()
        .filter(|step| step.starts_with("SCAN"))
        .collect();
    assert!(
        full.iter().all(|step| step.contains("SCAN p")),
        "{delivered:#?}"
    );
}

#[tokio::test]
async fn with_10_000_enrolled_users_every_query_goes_through_an_index() {
    let store = Database::scratch().await;
    let path = store.path().to_str().unwrap();
    let mut connection = SqliteConnection::connect(path).await.unwrap();
    sqlx::raw_sql(FILL).execute(&mut connection).await.unwrap();
    assert_plans(&mut connection).await;
    // The same with what SQLite has learned about the tables.
    for statement in ["ANALYZE", "ANALYZE sqlite_schema"] {
        sqlx::query(statement)
            .execute(&mut connection)
            .await
            .unwrap();
    }
    assert_plans(&mut connection).await;
}
