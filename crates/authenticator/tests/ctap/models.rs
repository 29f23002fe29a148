//! The model profiles against the published table.

use authenticator::model;
use prereg_types::FirmwareVersion;

use crate::setup::Workshop;

#[test]
fn profiles_are_the_published_ones() {
    let table = [
        (1, "5.1.2", "fa2b99dc-9e39-4257-8f92-4a30d23c4118", 25, 4),
        (1, "5.4.3", "2fc0579f-8113-47ea-b116-bb5a8db9202a", 25, 4),
        (1, "5.7.1", "a25342c0-3cdc-4414-8e46-f4807fca511c", 100, 4),
        (29, "5.4.3", "2fc0579f-8113-47ea-b116-bb5a8db9202a", 25, 4),
        (29, "5.7.1", "a25342c0-3cdc-4414-8e46-f4807fca511c", 100, 4),
        (54, "5.4.3", "c1f9a0bc-1dd2-404a-b27f-8e29047a43fd", 25, 6),
        (55, "5.4.3", "c1f9a0bc-1dd2-404a-b27f-8e29047a43fd", 25, 6),
    ];
    for (product, firmware, aaguid, capacity, min_pin_length) in table {
        let version = FirmwareVersion::parse(firmware).unwrap();
        let model = model::find(product, Some(version)).unwrap();
        assert_eq!(model.aaguid.to_string(), aaguid);
        assert_eq!(model.resident_capacity, capacity);
        assert_eq!(model.min_pin_length, min_pin_length);
    }
    let unknown = FirmwareVersion::new(4, 3, 7);
    assert_eq!(model::find(1, Some(unknown)), None);
    assert_eq!(model::find(2, None), None);
}

#[test]
fn the_newest_firmware_is_the_default() {
    for (product, firmware) in [(1, "5.7.1"), (29, "5.7.1"), (54, "5.4.3"), (55, "5.4.3")] {
        let model = model::find(product, None).unwrap();
        assert_eq!(model.firmware.to_string(), firmware);
        assert!(!model.refuses_trivial_pins);
    }
}

#[test]
fn every_model_describes_itself() {
    let mut workshop = Workshop::new();
    for model in model::ALL {
        let info = workshop.key(*model).get_info();
        assert_eq!(info.aaguid, model.aaguid);
        assert_eq!(info.firmware_version, model.firmware);
        assert_eq!(info.min_pin_length, model.min_pin_length);
        assert_eq!(info.algorithms, model.algorithms);
        assert!(info.resident_keys && !info.client_pin && !info.force_pin_change);
        assert_eq!(
            info.remaining_discoverable_credentials,
            model.resident_capacity
        );
    }
}
