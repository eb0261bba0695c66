//! PHP's `serialize()` format, read as data: only what `settings` holds (scalars and arrays, never objects).

/// Deepest nesting that is read.
const DEPTH: usize = 16;

/// A PHP value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum PhpValue {
    /// `N`, `b`, `i`, `d`: as their text; nothing here calculates with them.
    Scalar(String),
    /// `s`.
    Text(String),
    /// `a`: keys as text, in order.
    Array(Vec<(String, PhpValue)>),
}

impl PhpValue {
    /// Reads a whole serialised value. `None` = it isn't one, or holds something else than scalars and arrays.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut reader = Reader { rest: text };
        let value = reader.value(DEPTH)?;
        reader.rest.is_empty().then_some(value)
    }

    /// The value of a key, if this is an array that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        let Self::Array(pairs) = self else { return None };
        pairs.iter().find_map(|(name, value)| (name == key).then_some(value))
    }

    /// The texts in an array.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        let pairs: &[(String, Self)] = if let Self::Array(pairs) = self { pairs } else { &[] };
        pairs.iter().filter_map(
            |(_, value)| {
                if let Self::Text(text) = value { Some(text.as_str()) } else { None }
            },
        )
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn value(&mut self, depth: usize) -> Option<PhpValue> {
        let depth = depth.checked_sub(1)?;
        if self.eat("N;").is_some() {
            return Some(PhpValue::Scalar(String::new()));
        }
        let (kind, rest) = self.rest.split_at_checked(2)?;
        self.rest = rest;
        match kind {
            "b:" | "i:" | "d:" => Some(PhpValue::Scalar(self.until(';')?.to_owned())),
            "s:" => {
                let text = self.text()?.to_owned();
                self.eat(";")?;
                Some(PhpValue::Text(text))
            }
            "a:" => {
                let count: usize = self.until(':')?.parse().ok()?;
                self.eat("{")?;
                // The count is a stranger's word: it ends the loop, it reserves nothing.
                let mut pairs = Vec::new();
                for _ in 0..count {
                    let key = match self.value(1)? {
                        PhpValue::Scalar(key) | PhpValue::Text(key) => key,
                        PhpValue::Array(_) => return None,
                    };
                    pairs.push((key, self.value(depth)?));
                }
                self.eat("}")?;
                Some(PhpValue::Array(pairs))
            }
            _ => None,
        }
    }

    /// `5:"hello"`, counted in bytes.
    fn text(&mut self) -> Option<&'a str> {
        let length: usize = self.until(':')?.parse().ok()?;
        self.eat("\"")?;
        let (text, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        self.eat("\"")?;
        Some(text)
    }

    fn until(&mut self, end: char) -> Option<&'a str> {
        let (before, rest) = self.rest.split_once(end)?;
        self.rest = rest;
        Some(before)
    }

    fn eat(&mut self, expected: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(expected)?;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    // php -r 'echo serialize(["user_authenticate"=>["mods"=>["ldap","é"],"funcs"=>["f","g"]],"x"=>[1,2.5,true,null]]);'
    const HOOKS: &str = "a:2:{s:17:\"user_authenticate\";a:2:{s:4:\"mods\";a:2:{i:0;s:4:\"ldap\";i:1;s:2:\"é\";}\
                         s:5:\"funcs\";a:2:{i:0;s:1:\"f\";i:1;s:1:\"g\";}}s:1:\"x\";a:4:{i:0;i:1;i:1;d:2.5;i:2;b:1;i:3;N;}}";

    #[test]
    fn what_php_wrote_is_read() {
        let hooks = PhpValue::parse(HOOKS).unwrap();
        let mods = hooks.get("user_authenticate").and_then(|hook| hook.get("mods")).unwrap();
        assert_eq!(mods.texts().collect::<Vec<_>>(), ["ldap", "é"]);
        assert_eq!(hooks.get("x").unwrap().get("1"), Some(&PhpValue::Scalar("2.5".to_owned())));
        assert_eq!(hooks.get("y"), None);
    }

    #[test]
    fn anything_else_is_refused() {
        let deep = "a:1:{i:0;".repeat(20) + "N;" + &"}".repeat(20);
        let other = [
            "",
            "x",
            "a:1:{}",
            "s:5:\"abc\";",
            "O:8:\"stdClass\":0:{}",
            "s:1:\"é\";",
            "i:1;i:2;",
            "a:99999999999:{",
            &deep,
        ];
        for text in other {
            assert_eq!(PhpValue::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[aisbdN:;{}\"0-9x]{0,60}") {
            let _ = PhpValue::parse(&text);
        }
    }
}
