//! Model profiles as data: what differs between one kind of key and another.
//!
//! The names and numbers are public facts about `YubiKey`s, so that a simulated
//! key answers as the real one would; the attestation says SIMULATED all the
//! same (see [`crate::attestation`]).

use prereg_types::{
    FirmwareVersion,
    webauthn::{Aaguid, CoseAlgorithm},
};

use crate::state::{StateError, StateReader, StateWriter};

/// One model at one firmware version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Model {
    /// What the vendor calls it.
    pub name: &'static str,
    /// The fulfillment provider's `product_id`.
    pub product_id: u32,
    /// The firmware; it never changes on a key.
    pub firmware: FirmwareVersion,
    /// The AAGUID, which stands for model and firmware line.
    pub aaguid: Aaguid,
    /// How many resident credentials fit.
    pub resident_capacity: usize,
    /// The shortest PIN, in Unicode code points, when the key leaves the factory.
    pub min_pin_length: u8,
    /// Whether trivial PINs are refused.
    pub refuses_trivial_pins: bool,
    /// The signature algorithms, the preferred one first.
    pub algorithms: &'static [CoseAlgorithm],
    /// How a client reaches the key (WebAuthn §5.8.4).
    pub transports: &'static [&'static str],
    /// The CTAP versions that `authenticatorGetInfo` names.
    pub versions: &'static [&'static str],
}

/// `YubiKey` 5 NFC with firmware 5.1.
pub const YUBIKEY_5_NFC_5_1: Model = Model {
    aaguid: Aaguid::from_u128(0xfa2b99dc_9e39_4257_8f92_4a30d23c4118),
    firmware: FirmwareVersion::new(5, 1, 2),
    versions: &["U2F_V2", "FIDO_2_0"],
    ..YUBIKEY_5_NFC_5_4
};

/// `YubiKey` 5 NFC with firmware 5.4.
pub const YUBIKEY_5_NFC_5_4: Model = Model {
    name: "YubiKey 5 NFC",
    product_id: 1,
    firmware: FirmwareVersion::new(5, 4, 3),
    aaguid: Aaguid::from_u128(0x2fc0579f_8113_47ea_b116_bb5a8db9202a),
    resident_capacity: 25,
    min_pin_length: 4,
    refuses_trivial_pins: false,
    algorithms: &[CoseAlgorithm::Es256],
    transports: &["nfc", "usb"],
    versions: &["U2F_V2", "FIDO_2_0", "FIDO_2_1_PRE"],
};

/// `YubiKey` 5 NFC with firmware 5.7.
pub const YUBIKEY_5_NFC_5_7: Model = Model {
    firmware: FirmwareVersion::new(5, 7, 1),
    aaguid: Aaguid::from_u128(0xa25342c0_3cdc_4414_8e46_f4807fca511c),
    resident_capacity: 100,
    algorithms: &[CoseAlgorithm::Es256, CoseAlgorithm::Es384],
    versions: &["U2F_V2", "FIDO_2_0", "FIDO_2_1_PRE", "FIDO_2_1"],
    ..YUBIKEY_5_NFC_5_4
};

/// `YubiKey` 5C NFC with firmware 5.4.
pub const YUBIKEY_5C_NFC_5_4: Model = Model {
    name: "YubiKey 5C NFC",
    product_id: 29,
    ..YUBIKEY_5_NFC_5_4
};

/// `YubiKey` 5C NFC with firmware 5.7.
pub const YUBIKEY_5C_NFC_5_7: Model = Model {
    name: "YubiKey 5C NFC",
    product_id: 29,
    ..YUBIKEY_5_NFC_5_7
};

/// `YubiKey` 5 NFC with firmware 5.7 in the "Enhanced PIN" edition, which the
/// product number does not tell from the ordinary one.
pub const YUBIKEY_5_NFC_5_7_ENHANCED_PIN: Model = Model {
    name: "YubiKey 5 NFC - Enhanced PIN",
    aaguid: Aaguid::from_u128(0x662ef48a_95e2_4aaa_a6c1_5b9c40375824),
    min_pin_length: 6,
    refuses_trivial_pins: true,
    ..YUBIKEY_5_NFC_5_7
};

/// `YubiKey` 5 NFC FIPS with firmware 5.4.
pub const YUBIKEY_5_NFC_FIPS_5_4: Model = Model {
    name: "YubiKey 5 NFC FIPS",
    product_id: 54,
    aaguid: Aaguid::from_u128(0xc1f9a0bc_1dd2_404a_b27f_8e29047a43fd),
    min_pin_length: 6,
    ..YUBIKEY_5_NFC_5_4
};

/// `YubiKey` 5C NFC FIPS with firmware 5.4.
pub const YUBIKEY_5C_NFC_FIPS_5_4: Model = Model {
    name: "YubiKey 5C NFC FIPS",
    product_id: 55,
    ..YUBIKEY_5_NFC_FIPS_5_4
};

/// Every profile. For each product the newest firmware comes first, and the
/// special edition last.
pub const ALL: &[Model] = &[
    YUBIKEY_5_NFC_5_7,
    YUBIKEY_5_NFC_5_4,
    YUBIKEY_5_NFC_5_1,
    YUBIKEY_5C_NFC_5_7,
    YUBIKEY_5C_NFC_5_4,
    YUBIKEY_5_NFC_FIPS_5_4,
    YUBIKEY_5C_NFC_FIPS_5_4,
    YUBIKEY_5_NFC_5_7_ENHANCED_PIN,
];

/// The newest profile of a product, or that of one firmware version.
///
/// ```
/// use authenticator::model;
///
/// let newest = model::find(1, None).unwrap();
/// assert_eq!(newest.firmware.to_string(), "5.7.1");
/// assert!(model::find(4711, None).is_none());
/// ```
pub fn find(product_id: u32, firmware: Option<FirmwareVersion>) -> Option<Model> {
    ALL.iter()
        .filter(|model| model.product_id == product_id)
        .find(|model| firmware.is_none_or(|firmware| model.firmware == firmware))
        .copied()
}

impl Model {
    /// Writes into a state which profile this is, not what is in it: that is
    /// data of the program.
    pub(crate) fn write(&self, writer: &mut StateWriter) {
        writer.text(self.name);
        writer.raw(&self.firmware.to_bytes());
        writer.raw(self.aaguid.as_bytes());
    }

    pub(crate) fn read(reader: &mut StateReader<'_>) -> Result<Self, StateError> {
        let name = reader.text()?;
        let firmware: [u8; 3] = reader.array()?;
        let aaguid = Aaguid::from_bytes(reader.array()?);
        ALL.iter()
            .find(|model| {
                let known = (model.name, model.firmware.to_bytes(), model.aaguid);
                known == (name, firmware, aaguid)
            })
            .copied()
            .ok_or(StateError::UnknownModel)
    }
}
