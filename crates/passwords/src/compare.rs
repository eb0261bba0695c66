//! Comparison that takes the same time wherever the first difference is.

use subtle::ConstantTimeEq;

/// Whether two byte strings are equal; only their lengths may be learned from the time it takes.
pub(crate) fn equal(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).into()
}
