//! The two JWK Sets.

use axum::body::Body;
use axum::http::Request;
use jose_core::jwk::{JwkSet, PublicJwk};
use yubico_sim::Fault;

use super::world::World;

const TRANSPORT: &str = "/.well-known/yubico-transport-keys.jwks";
const SIGNING: &str = "/.well-known/yubico-sign.jwks";

async fn fetch(world: &World, path: &str, fault: Option<&str>) -> JwkSet<PublicJwk> {
    let mut request = Request::get(path);
    if let Some(fault) = fault {
        request = request.header("X-Prereg-Fault", fault);
    }
    let answer = world.call(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.headers["content-type"], "application/json");
    // The reader refuses a set with anybody's private member.
    JwkSet::from_json(answer.body.to_string().as_bytes()).unwrap()
}

#[tokio::test]
async fn anybody_gets_the_published_keys_and_nothing_private() {
    let world = World::new().await;
    let transport = fetch(&world, TRANSPORT, None).await;
    assert_eq!(
        transport.to_json(),
        world.provider.transport_jwks().to_json()
    );
    assert_eq!(transport.keys().len(), 3);
    let signing = fetch(&world, SIGNING, None).await;
    assert_eq!(signing.to_json(), world.provider.signing_jwks().to_json());
    assert_eq!(signing.keys().len(), 2);
}

#[tokio::test]
async fn who_asks_for_the_unpinned_key_is_shown_it() {
    let world = World::new().await;
    let shown = fetch(&world, SIGNING, Some(Fault::UnpinnedSigningKey.name())).await;
    assert_eq!(shown.keys().len(), 3);
    let other = fetch(&world, SIGNING, Some("tampered-tag")).await;
    assert_eq!(other.keys().len(), 2);
}

#[tokio::test]
async fn keys_stay_the_same_over_a_restart() {
    let world = World::new().await;
    let before = fetch(&world, TRANSPORT, None).await.to_json();
    let settings = crate::config::Provider {
        progression: crate::config::Progression::Manual,
    };
    let again = crate::yubico::open(&world.db, &settings).await.unwrap();
    assert_eq!(again.transport_jwks().to_json(), before);
}
