//! What a stored value costs to check, told by its readable part.

/// How much work a stored value asks for: (family, cost inside the family).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cost(u8, u64);

/// Costs next to nothing: md5, or no hash at all.
pub(crate) const CHEAP: Cost = Cost(0, 0);
/// What PHP makes by itself: bcrypt of cost 10.
pub(crate) const PHP_DEFAULT: Cost = Cost(1, 10);

impl Cost {
    /// The cost in the readable part of a hash that PHP made: `$2y$12$…`, `$argon2id$v=19$m=65536,t=4,p=1$…`.
    pub(crate) fn of(stored: &str) -> Self {
        let mut parts = stored.split('$').skip(1);
        match parts.next() {
            Some("2a" | "2b" | "2x" | "2y") => {
                Self(1, parts.next().and_then(|cost| cost.parse().ok()).unwrap_or_default())
            }
            Some("argon2i" | "argon2id") => {
                let settings = parts.nth(1).unwrap_or_default();
                let number = |key: &str| {
                    let value =
                        settings.split(',').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='));
                    value.and_then(|digits| digits.parse::<u64>().ok()).unwrap_or(1)
                };
                Self(2, number("m").saturating_mul(number("t")))
            }
            _ => CHEAP,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_read_from_the_setting() {
        assert_eq!(Cost::of("$2y$11$0123456789012345678901"), Cost(1, 11));
        assert_eq!(Cost::of("$argon2id$v=19$m=1024,t=2,p=1$c2FsdA$aGFzaA"), Cost(2, 2048));
        assert_eq!(Cost::of("3cb4e732631f47e6eb961f34554b7cde"), CHEAP);
        assert!(Cost::of("$argon2id$v=19$m=99999999999999999999,t=4$") >= Cost(2, 0));
        assert!(CHEAP < PHP_DEFAULT && PHP_DEFAULT < Cost::of("$2y$12$"));
    }
}
