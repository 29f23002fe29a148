//! list: the enrollments of a user.

use jose_core::base64url;
use prereg_types::UserId;
use prereg_types::api::{FactorLinks, FactorProfile, Hints, Link, WebAuthnPreregistrationFactor};
use prereg_types::webauthn::Aaguid;

use crate::clock::Clock;
use crate::enrollment::{Enrollment, EnrollmentSet};
use crate::error::Error;
use crate::party::RelyingParty;
use crate::store::Store;

impl<S: Store, C: Clock> RelyingParty<S, C> {
    /// The user's enrollments, oldest first.
    ///
    /// # Errors
    /// [`crate::error::Kind::UserNotFound`].
    pub async fn list(&self, user: &UserId) -> Result<Vec<WebAuthnPreregistrationFactor>, Error> {
        self.user(user).await?;
        let sets = self.store.sets_of_user(user).await?;
        let pairs = sets
            .iter()
            .flat_map(|set| set.enrollments.iter().map(move |one| (set, one)));
        Ok(pairs
            .map(|(set, enrollment)| self.factor(set, enrollment))
            .collect())
    }

    fn factor(
        &self,
        set: &EnrollmentSet,
        enrollment: &Enrollment,
    ) -> WebAuthnPreregistrationFactor {
        let credential = enrollment.stage.credential();
        let name = credential.and_then(|credential| model(credential.aaguid));
        WebAuthnPreregistrationFactor {
            id: enrollment.id.clone(),
            created: set.created,
            factor_type: "webauthn",
            fulfillment_provider: set.provider,
            last_updated: enrollment.updated,
            profile: FactorProfile {
                credential_id: credential.map(|credential| base64url::encode(&credential.id)),
                authenticator_name: name.unwrap_or("YubiKey").into(),
                preset_pin_available: credential.is_some() && set.has_pin(),
            },
            provider: "FIDO",
            status: set.status(enrollment, self.now(), self.policy.pending_status),
            vendor_name: "FIDO",
            links: self.links(set, enrollment),
        }
    }

    fn links(&self, set: &EnrollmentSet, enrollment: &Enrollment) -> FactorLinks {
        let (issuer, user, id) = (&self.policy.issuer, &set.user_id, &enrollment.id);
        let href = format!("{issuer}/webauthn-registration/api/v1/users/{user}/enrollments/{id}");
        FactorLinks {
            this: Link {
                href,
                hints: Hints {
                    allow: vec!["DELETE"],
                },
            },
        }
    }
}

/// The name of a model, from Yubico's published list of AAGUIDs.
fn model(aaguid: Aaguid) -> Option<&'static str> {
    const MODELS: [(u128, &str); 8] = [
        (0xfa2b99dc_9e39_4257_8f92_4a30d23c4118, "YubiKey 5 NFC"),
        (0x2fc0579f_8113_47ea_b116_bb5a8db9202a, "YubiKey 5 NFC"),
        (0xa25342c0_3cdc_4414_8e46_f4807fca511c, "YubiKey 5 NFC"),
        (0xd7781e5d_e353_46aa_afe2_3ca49f13332a, "YubiKey 5 NFC"),
        (
            0x662ef48a_95e2_4aaa_a6c1_5b9c40375824,
            "YubiKey 5 NFC Enhanced PIN",
        ),
        (0xc1f9a0bc_1dd2_404a_b27f_8e29047a43fd, "YubiKey 5 FIPS NFC"),
        (0xee882879_721c_4913_9775_3dfcce97072a, "YubiKey 5"),
        (0x19083c3d_8383_4b18_bc03_8f1c9ab2fd1b, "YubiKey 5"),
    ];
    let known = MODELS
        .iter()
        .find(|(number, _)| Aaguid::from_u128(*number) == aaguid);
    known.map(|(_, name)| *name)
}
