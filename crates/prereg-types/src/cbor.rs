//! CTAP2 canonical CBOR (CTAP 2.1 §8): a strict reader and a writer.
