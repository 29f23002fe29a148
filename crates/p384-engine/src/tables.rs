//! Prepared keys: a public key with the tables of a backend.

use core::fmt;

use crate::backend::serial::tables::Table;
use crate::backend::{Backend, dispatch};
use crate::point::PublicKey;
use crate::recode::Window;

/// A public key with tables of its odd multiples, for many operations.
pub struct PreparedKey {
    key: PublicKey,
    backend: Backend,
    /// All backends read one layout.
    table: Table,
}

impl PreparedKey {
    /// Calculates the tables, in variable time: the key is public.
    pub fn prepare(key: &PublicKey, window: Window, backend: Backend) -> Self {
        Self {
            key: *key,
            backend,
            table: dispatch!(backend, tables::build_vartime(key.coordinates(), window)),
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
        self.table.window()
    }

    /// What the tables take, in bytes: 96 for each of the [`Window::count`] ×
    /// [`Window::entries`] points, whatever the backend.
    ///
    /// | window | bytes | KiB |
    /// |---|---|---|
    /// | W4 | 73,728 | 72 |
    /// | W5 | 118,272 | 115.5 |
    /// | W6 | 196,608 | 192 |
    /// | W7 | 337,920 | 330 |
    /// | W8 | 589,824 | 576 |
    pub fn memory_bytes(&self) -> usize {
        self.table.memory_bytes()
    }

    pub(crate) const fn table(&self) -> &Table {
        &self.table
    }
}

impl fmt::Debug for PreparedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedKey")
            .field("key", &self.key)
            .field("backend", &self.backend)
            .field("window", &self.window())
            .finish_non_exhaustive()
    }
}
