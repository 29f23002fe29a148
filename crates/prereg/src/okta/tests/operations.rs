//! What the operations do, from the order of a key to the first sign-in.

use axum::http::Method;
use jose_core::base64url;
use prereg_types::api::UserStatus;
use relying_party::mail::Content;
use relying_party::store::Store as _;
use serde_json::{Value, json};
use yubico_sim::SignIn;

use super::world::{BASE, World, enrollment_id, rp_id};

async fn factor(world: &World, user: &str) -> Value {
    let listed = world.get(&format!("{BASE}/users/{user}/enrollments")).await;
    let factors = listed.is_json();
    assert_eq!(factors.as_array().unwrap().len(), 1);
    factors[0].clone()
}

#[tokio::test]
async fn a_key_goes_its_way_from_the_order_to_the_first_sign_in() {
    let world = World::new().await;
    let user = world.hire("ada@acme.example", UserStatus::Staged).await;
    let order = json!({
        "userId": user, "fulfillmentProvider": "yubico",
        "fulfillmentData": [{"productId": "1", "inventoryProductId": "106", "customizationId": "RXJN83"}],
    });
    world
        .post(&format!("{BASE}/initiate-fulfillment-request"), &order)
        .await
        .is_done();

    let requests = world.enroll(&user).await;
    let id = enrollment_id(&requests);
    assert_eq!(factor(&world, &user).await["status"], "PENDING_ACTIVATION");
    let path = format!("{BASE}/users/{user}/enrollments/{id}");
    for _ in 0..2 {
        world
            .call(Method::POST, &format!("{path}/mark-error"))
            .await
            .is_done();
        assert_eq!(factor(&world, &user).await["status"], "FULFILLMENT_ERRORED");
    }
    let (body, serial) = world.fulfill(&user, &requests).await;
    let activated = world
        .post(&format!("{BASE}/activate"), &body)
        .await
        .is_json();
    assert_eq!(activated["authenticatorEnrollmentIds"], json!([id]));
    let active = factor(&world, &user).await;
    assert_eq!(active["status"], "ACTIVE");
    assert_eq!(active["profile"]["presetPinAvailable"], true);

    let pin =
        json!({"userId": user, "fulfillmentProvider": "yubico", "authenticatorEnrollmentId": id});
    world
        .post(&format!("{BASE}/send-pin"), &pin)
        .await
        .is_done();
    let mail = world
        .db
        .next_mail(None)
        .await
        .unwrap()
        .expect("a mail")
        .mail;
    let Content::Pin(content) = &mail.content else {
        panic!("another mail");
    };

    let verify = format!("/api/v1/users/{user}/factors/{id}/verify");
    let begun = world.call(Method::POST, &verify).await.is_json();
    assert_eq!(begun["factorResult"], "CHALLENGE");
    let challenge = begun["_embedded"]["challenge"]["challenge"]
        .as_str()
        .unwrap();
    let challenge = base64url::decode(challenge.as_bytes()).unwrap();
    let sign_in = SignIn {
        rp_id: &rp_id(),
        origin: &rp_id().origin(),
        challenge: &challenge,
        allow_list: &[],
        pin: Some(&authenticator::Pin::new(content.pin.expose())),
    };
    let signed = world
        .provider
        .authenticate(&serial, &sign_in)
        .await
        .unwrap()
        .response;
    let answer = json!({
        "clientData": base64url::encode(&signed.client_data_json),
        "authenticatorData": base64url::encode(&signed.authenticator_data),
        "signatureData": base64url::encode(&signed.signature),
    });
    let verified = world.post(&verify, &answer).await.is_json();
    assert_eq!(verified, json!({"factorResult": "SUCCESS"}));
    assert_eq!(
        factor(&world, &user).await["profile"]["presetPinAvailable"],
        false
    );
    world
        .post(&format!("{BASE}/send-pin"), &pin)
        .await
        .refuses(403, "E0000038");
    world.post(&verify, &answer).await.refuses(403, "E0000068");
    let records = world.db.audit_entries(0, 100).await.unwrap();
    let about = records.iter().map(|record| &record.entry);
    let about = about.filter(|entry| entry.action.starts_with("verifyFactor"));
    let told: Vec<_> = about
        .map(|entry| (entry.action.as_str(), entry.outcome.as_str()))
        .collect();
    assert_eq!(
        told[..2],
        [("verifyFactor.challenge", "ok"), ("verifyFactor", "ok")]
    );
    assert_eq!(told.len(), 3, "{told:?}");

    world.call(Method::DELETE, &path).await.is_done();
    let listed = world.get(&format!("{BASE}/users/{user}/enrollments")).await;
    assert_eq!(listed.is_json(), json!([]));
    world
        .call(Method::DELETE, &path)
        .await
        .refuses(404, "E0000007");
}

#[tokio::test]
async fn a_second_activation_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let user = world.hire("ada@acme.example", UserStatus::Active).await;
    let requests = world.enroll(&user).await;
    let (body, _) = world.fulfill(&user, &requests).await;
    let path = format!("{BASE}/activate");
    let both = tokio::join!(world.post(&path, &body), world.post(&path, &body));
    let statuses = [both.0.status.as_u16(), both.1.status.as_u16()];
    assert!(
        statuses == [200, 403] || statuses == [403, 200],
        "{statuses:?}"
    );
    let before = factor(&world, &user).await;
    world.post(&path, &body).await.refuses(403, "E0000038");
    assert_eq!(factor(&world, &user).await, before);
}

#[tokio::test]
async fn every_change_is_in_the_audit_log_with_caller_and_request() {
    let world = World::new().await;
    let user = world.hire("ada@acme.example", UserStatus::Active).await;
    let enrolled = world
        .post(&format!("{BASE}/enroll"), &world.enrollment(&user))
        .await;
    let id = enrollment_id(&enrolled.json());
    let pin =
        json!({"userId": user, "fulfillmentProvider": "yubico", "authenticatorEnrollmentId": id});
    world
        .post(&format!("{BASE}/send-pin"), &pin)
        .await
        .refuses(403, "E0000038");
    world
        .get(&format!("{BASE}/users/{user}/enrollments"))
        .await
        .is_json();
    let records = world.db.audit_entries(0, 10).await.unwrap();
    let told: Vec<_> = records
        .iter()
        .map(|record| &record.entry)
        .map(|entry| {
            (
                entry.action.as_str(),
                entry.target.as_str(),
                entry.outcome.as_str(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("enrollPreregistrationEnrollment", user.as_str(), "ok"),
            ("sendPin", id.as_str(), "pin_not_available"),
        ]
    );
    let first = &records.first().unwrap().entry;
    assert_eq!(first.request_id, enrolled.header("x-okta-request-id"));
    assert!(first.actor.starts_with("00T"));
}

#[tokio::test]
async fn nothing_is_done_while_the_audit_log_cannot_be_written() {
    let world = World::new().await;
    let user = world.hire("ada@acme.example", UserStatus::Active).await;
    let enroll = format!("{BASE}/enroll");
    let enrolled = world.post(&enroll, &world.enrollment(&user)).await;
    let id = enrollment_id(&enrolled.json());
    let enrollment = format!("{BASE}/users/{user}/enrollments/{id}");
    let enrollments = format!("{BASE}/users/{user}/enrollments");
    let before = world.get(&enrollments).await.json();
    world.db.refuse_audit(true).await;
    let profile = json!({"profile": {
        "firstName": "Ida", "lastName": "Rhodes", "login": "ida@acme.example", "email": "ida@acme.example",
    }});
    let fulfillment = json!({"userId": user, "fulfillmentProvider": "yubico", "fulfillmentData": [
        {"productId": "1", "customizationId": "RXJN83", "inventoryProductId": "106"},
    ]});
    let initiate = format!("{BASE}/initiate-fulfillment-request");
    let refused = [
        world.post("/api/v1/users", &profile).await,
        world.post(&initiate, &fulfillment).await,
        world.post(&enroll, &world.enrollment(&user)).await,
        world
            .post(&format!("{enrollment}/mark-error"), &json!({}))
            .await,
        world.call(Method::DELETE, &enrollment).await,
        // One that would be refused anyway.
        world
            .post(&enroll, &world.enrollment("00uNobodyNobodyNobod"))
            .await,
    ];
    for answer in refused {
        answer.refuses(500, "E0000009");
    }
    assert_eq!(world.get(&enrollments).await.json(), before);
    let ida = world.get("/api/v1/users/ida@acme.example").await;
    ida.refuses(404, "E0000007");
    let logged = world.get("/api/v1/logs").await.json();
    assert_eq!(logged, json!([]));
    world.db.refuse_audit(false).await;
    assert_eq!(world.call(Method::DELETE, &enrollment).await.status, 204);
}

#[tokio::test]
async fn another_user_s_enrollment_is_not_there_on_every_route() {
    let world = World::new().await;
    let ada = world.hire("ada@acme.example", UserStatus::Active).await;
    let eve = world.hire("eve@acme.example", UserStatus::Active).await;
    let (id, _) = world.activate(&ada).await;
    let of_eve = format!("{BASE}/users/{eve}/enrollments/{id}");
    let verify = format!("/api/v1/users/{eve}/factors/{id}/verify");
    world
        .call(Method::DELETE, &of_eve)
        .await
        .refuses(404, "E0000007");
    world
        .call(Method::POST, &format!("{of_eve}/mark-error"))
        .await
        .refuses(404, "E0000007");
    world
        .call(Method::POST, &verify)
        .await
        .refuses(404, "E0000007");
    let assertion = json!({"clientData": "e30", "authenticatorData": "AA", "signatureData": "AA"});
    world
        .post(&verify, &assertion)
        .await
        .refuses(404, "E0000007");
    let pin =
        json!({"userId": eve, "fulfillmentProvider": "yubico", "authenticatorEnrollmentId": id});
    world
        .post(&format!("{BASE}/send-pin"), &pin)
        .await
        .refuses(404, "E0000007");
    // Neither can she activate what was enrolled for him.
    let requests = world.enroll(&ada).await;
    let (mut body, _) = world.fulfill(&ada, &requests).await;
    body["userId"] = json!(eve);
    world
        .post(&format!("{BASE}/activate"), &body)
        .await
        .refuses(404, "E0000007");
    let listed = world.get(&format!("{BASE}/users/{eve}/enrollments")).await;
    assert_eq!(listed.is_json(), json!([]));
    assert_eq!(
        world
            .get(&format!("{BASE}/users/{ada}/enrollments"))
            .await
            .is_json()[0]["status"],
        "ACTIVE"
    );
}

#[tokio::test]
async fn a_key_that_the_provider_made_since_is_met() {
    let world = World::new().await;
    let user = world.hire("ada@acme.example", UserStatus::Active).await;
    world.provider.update_signing_keys(|keys| {
        keys.rotate(&mut getrandom::SysRng).unwrap();
    });
    // The pinned keys were read before; the server may ask once a second.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    world.activate(&user).await;
}
