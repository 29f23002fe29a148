//! Prepared keys: a public key with the tables of a backend.

use core::fmt;

use crate::backend::{Backend, serial};
use crate::point::PublicKey;
use crate::recode::Window;

/// A public key with tables of its odd multiples, for many operations.
pub struct PreparedKey {
    key: PublicKey,
    backend: Backend,
    window: Window,
    pub(crate) tables: Tables,
}

/// The tables in the layout of the backend that built them.
pub(crate) enum Tables {
    Serial(serial::tables::Table),
}

impl PreparedKey {
    /// Calculates the tables, in variable time: the key is public.
    pub fn prepare(key: &PublicKey, window: Window, backend: Backend) -> Self {
        let point = serial::point::Affine::from_coordinates(key.coordinates());
        let table = serial::tables::Table::build_vartime(&point, window);
        Self {
            key: *key,
            backend,
            window,
            tables: Tables::Serial(table),
        }
    }

    /// The key that was prepared.
    pub const fn public_key(&self) -> &PublicKey {
        &self.key
    }

    /// The backend that its operations run on.
    pub const fn backend(&self) -> Backend {
        self.backend
    }

    /// The window of its tables.
    pub const fn window(&self) -> Window {
        self.window
    }

    /// What the tables take.
    pub fn memory_bytes(&self) -> usize {
        match &self.tables {
            Tables::Serial(table) => table.memory_bytes(),
        }
    }
}

impl fmt::Debug for PreparedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedKey")
            .field("key", &self.key)
            .field("backend", &self.backend)
            .field("window", &self.window)
            .finish_non_exhaustive()
    }
}
