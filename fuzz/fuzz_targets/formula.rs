//! A formula from a recipe: no text may make its parser panic, and what it accepts is read back the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use portico_passwords::{Scheme, parse};

fuzz_target!(|input: (&str, &str)| {
    let (text, stored) = input;
    let Ok(schemes) = Scheme::list(text) else { return };
    for scheme in schemes {
        assert_eq!(
            Scheme::list(scheme.as_str()).ok().as_deref(),
            Some(&[scheme.clone()][..])
        );
        let _ = parse(scheme, stored);
    }
});
